// Command registry is the reference OCI registry (distribution) on a loopback address, with its blobs in one folder.
//
//	registry --root FOLDER [--address 127.0.0.1:0]
//
// Prints the address it listens on as its first line. Built without the drivers of clouds, which are most of its size.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	"github.com/sirupsen/logrus"
)

func main() {
	root := flag.String("root", "", "folder for blobs and manifests; it must exist")
	address := flag.String("address", "127.0.0.1:0", "address to listen on; port 0 takes a free one")
	flag.Parse()
	if *root == "" || flag.NArg() != 0 {
		log.Fatal("registry: --root FOLDER is needed, and nothing but flags")
	}
	logrus.SetLevel(logrus.WarnLevel)
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatalf("registry: %v", err)
	}
	settings := &configuration.Configuration{
		Storage: configuration.Storage{"filesystem": configuration.Parameters{"rootdirectory": *root}},
	}
	settings.HTTP.Secret = "one process, one secret"
	settings.Catalog.MaxEntries = 100
	fmt.Println(listener.Addr())
	server := &http.Server{Handler: handlers.NewApp(context.Background(), settings), ReadHeaderTimeout: 10 * time.Second}
	log.Fatalf("registry: %v", server.Serve(listener))
}
