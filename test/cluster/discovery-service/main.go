// STUNner's own config discovery service, told by lines on standard input: a configuration to serve, or
// `delete <namespace>/<name>`. It says at which address it listens, and echoes each line once it is done.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/go-logr/logr"
	stnrv1 "github.com/l7mp/stunner/pkg/apis/v1"
	"github.com/l7mp/stunner/pkg/config/server"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	address := os.Args[1]
	service := server.New(address, nil, logr.Discard())
	if err := service.Start(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("listening", address)

	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		line := lines.Text()
		if id, found := strings.CutPrefix(line, "delete "); found {
			service.DeleteConfig(id)
			fmt.Println("deleted", id)
			continue
		}
		config := stnrv1.StunnerConfig{}
		if err := json.Unmarshal([]byte(line), &config); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		service.UpsertConfig(config.Admin.Name, &config)
		fmt.Println("served", config.Admin.Name)
	}
	service.Close()
}
