// A TURN server for one address and one user, made with pion/turn.
package main

import (
	"crypto/tls"
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
	transport := flag.String("transport", "udp", "udp, or tcp or tls beside it")
	cert := flag.String("cert", "", "PEM file, for tls")
	key := flag.String("key", "", "PEM file, for tls")
	username := flag.String("username", "", "")
	password := flag.String("password", "", "")
	realm := flag.String("realm", "bench", "")
	flag.Parse()

	at := net.JoinHostPort(*address, *port)
	conn, err := net.ListenPacket("udp", at)
	if err != nil {
		log.Fatal(err)
	}
	generator := &turn.RelayAddressGeneratorStatic{RelayAddress: net.ParseIP(*address), Address: *address}
	userKey := turn.GenerateAuthKey(*username, *realm, *password)
	config := turn.ServerConfig{
		Realm: *realm,
		AuthHandler: func(attributes *turn.RequestAttributes) (string, []byte, bool) {
			return attributes.Username, userKey, attributes.Username == *username
		},
		PacketConnConfigs: []turn.PacketConnConfig{{PacketConn: conn, RelayAddressGenerator: generator}},
	}
	if *transport != "udp" {
		listener, err := listen(*transport, at, *cert, *key)
		if err != nil {
			log.Fatal(err)
		}
		config.ListenerConfigs = []turn.ListenerConfig{{Listener: listener, RelayAddressGenerator: generator}}
	}
	server, err := turn.NewServer(config)
	if err != nil {
		log.Fatal(err)
	}
	ends := make(chan os.Signal, 1)
	signal.Notify(ends, syscall.SIGINT, syscall.SIGTERM)
	<-ends
	_ = server.Close()
}

func listen(transport, at, cert, key string) (net.Listener, error) {
	listener, err := net.Listen("tcp", at)
	if err != nil || transport == "tcp" {
		return listener, err
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, err
	}
	return tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{pair}}), nil
}
