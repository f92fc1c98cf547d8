// A TURN server for one address and one user, made with pion/turn.
package main

import (
	"flag"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/pion/turn/v5"
)

func main() {
	address := flag.String("address", "127.0.0.1", "where it listens, and of its relayed transport addresses")
	port := flag.String("port", "3478", "")
	username := flag.String("username", "", "")
	password := flag.String("password", "", "")
	realm := flag.String("realm", "bench", "")
	flag.Parse()

	conn, err := net.ListenPacket("udp", net.JoinHostPort(*address, *port))
	if err != nil {
		log.Fatal(err)
	}
	key := turn.GenerateAuthKey(*username, *realm, *password)
	server, err := turn.NewServer(turn.ServerConfig{
		Realm: *realm,
		AuthHandler: func(attributes *turn.RequestAttributes) (string, []byte, bool) {
			return attributes.Username, key, attributes.Username == *username
		},
		PacketConnConfigs: []turn.PacketConnConfig{{
			PacketConn: conn,
			RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{
				RelayAddress: net.ParseIP(*address),
				Address:      *address,
			},
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	ends := make(chan os.Signal, 1)
	signal.Notify(ends, syscall.SIGINT, syscall.SIGTERM)
	<-ends
	_ = server.Close()
}
