// Calls an echoing peer through a TURN relay with pion's client and tells as JSON what came back.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/turn/v5"
)

type options struct {
	transport, relay, server, peer, username, password, caFile string
	packets                                                    int
}

type result struct {
	Relayed  string `json:"relayed,omitempty"`
	Sent     int    `json:"sent"`
	Received int    `json:"received"`
	Error    string `json:"error,omitempty"`
}

func main() {
	var o options
	flag.StringVar(&o.transport, "transport", "udp", "udp, tcp, tls or dtls")
	flag.StringVar(&o.relay, "relay", "udp", "udp, or tcp (RFC 6062), which goes over the transport tcp only")
	flag.StringVar(&o.server, "server", "", "host:port of the relay")
	flag.StringVar(&o.peer, "peer", "", "host:port of the peer")
	flag.StringVar(&o.username, "username", "", "")
	flag.StringVar(&o.password, "password", "", "")
	flag.StringVar(&o.caFile, "ca", "", "file of the CA to trust, for tls and dtls")
	flag.IntVar(&o.packets, "packets", 20, "")
	flag.Parse()

	var r result
	if err := call(o, &r); err != nil {
		r.Error = err.Error()
	}
	_ = json.NewEncoder(os.Stdout).Encode(r)
}

func call(o options, r *result) error {
	conn, err := connect(o)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	client, err := turn.NewClient(&turn.ClientConfig{
		TURNServerAddr: o.server,
		Conn:           conn,
		Username:       o.username,
		Password:       o.password,
		// The family of the peer, whatever the client's own is.
		RequestedAddressFamily: familyOf(o.peer),
	})
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.Listen(); err != nil {
		return err
	}
	if o.relay == "tcp" {
		return stream(client, o, r)
	}
	relayed, err := client.Allocate()
	if err != nil {
		return fmt.Errorf("allocate: %w", err)
	}
	defer relayed.Close()
	r.Relayed = relayed.LocalAddr().String()

	peer, err := net.ResolveUDPAddr("udp", o.peer)
	if err != nil {
		return err
	}
	if err := client.CreatePermission(peer); err != nil {
		return fmt.Errorf("permission: %w", err)
	}
	return exchange(relayed, peer, o.packets, r)
}

// The first packets go in Send indications; when the channel is bound, the rest go through it.
func exchange(relayed net.PacketConn, peer net.Addr, packets int, r *result) error {
	buffer := make([]byte, 1500)
	for ; r.Sent < packets; r.Sent++ {
		text := fmt.Sprintf("packet %d", r.Sent)
		if _, err := relayed.WriteTo([]byte(text), peer); err != nil {
			return fmt.Errorf("send: %w", err)
		}
		if err := relayed.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
			return err
		}
		n, from, err := relayed.ReadFrom(buffer)
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		if string(buffer[:n]) != text || from.String() != peer.String() {
			return fmt.Errorf("received %q from %s", buffer[:n], from)
		}
		r.Received++
		time.Sleep(10 * time.Millisecond)
	}
	return nil
}

// RFC 6062: the relay connects to the peer, and the data has a connection of its own.
func stream(client *turn.Client, o options, r *result) error {
	relayed, err := client.AllocateTCP()
	if err != nil {
		return fmt.Errorf("allocate: %w", err)
	}
	defer relayed.Close()
	r.Relayed = relayed.Addr().String()
	conn, err := relayed.Dial("tcp", o.peer)
	if err != nil {
		return fmt.Errorf("connect to the peer: %w", err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	for ; r.Sent < o.packets; r.Sent++ {
		text := fmt.Sprintf("packet %d", r.Sent)
		if _, err := conn.Write([]byte(text)); err != nil {
			return fmt.Errorf("send: %w", err)
		}
		echoed := make([]byte, len(text))
		if _, err := io.ReadFull(conn, echoed); err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		if string(echoed) != text {
			return fmt.Errorf("received %q", echoed)
		}
		r.Received++
	}
	return nil
}

func connect(o options) (net.PacketConn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	switch o.transport {
	case "udp":
		if familyOf(o.server) == turn.RequestedAddressFamilyIPv6 {
			return net.ListenPacket("udp6", "[::1]:0")
		}
		return net.ListenPacket("udp4", "127.0.0.1:0")
	case "tcp":
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", o.server)
		return turn.NewSTUNConn(conn), err
	}
	pool, err := trusted(o.caFile)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(o.server)
	if err != nil {
		return nil, err
	}
	switch o.transport {
	case "tls":
		dialer := tls.Dialer{Config: &tls.Config{RootCAs: pool, ServerName: host}}
		conn, err := dialer.DialContext(ctx, "tcp", o.server)
		return turn.NewSTUNConn(conn), err
	case "dtls":
		address, err := net.ResolveUDPAddr("udp", o.server)
		if err != nil {
			return nil, err
		}
		conn, err := dtls.Dial("udp", address, &dtls.Config{RootCAs: pool, ServerName: host})
		if err != nil {
			return nil, err
		}
		if err := conn.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		return datagrams{conn}, nil
	}
	return nil, fmt.Errorf("unknown transport %q", o.transport)
}

// One DTLS record holds one message, and ChannelData in it need not be padded (RFC 8656 12.5): nothing to be framed.
type datagrams struct{ net.Conn }

func (d datagrams) ReadFrom(buffer []byte) (int, net.Addr, error) {
	n, err := d.Read(buffer)
	return n, d.RemoteAddr(), err
}

func (d datagrams) WriteTo(data []byte, _ net.Addr) (int, error) { return d.Write(data) }

func trusted(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("no certificate in " + file)
	}
	return pool, nil
}

func familyOf(hostPort string) turn.RequestedAddressFamily {
	host, _, err := net.SplitHostPort(hostPort)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.To4() == nil {
		return turn.RequestedAddressFamilyIPv6
	}
	return turn.RequestedAddressFamilyIPv4
}
