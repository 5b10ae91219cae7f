// Command workload is what the live tests run in pods: a small HTTP or HTTPS server, and a client for the other side.
//
//	workload serve [-listen :8080] [-value 1] [-certificate FILE -key FILE]
//	workload get [-ca FILE] [-for 30s] URL
//
// The server answers /healthz with "ok", /value with {"value": N}, and any other path with its pod's name. The client
// asks until it is answered with status 200, prints the body and exits 0, or exits 1 with the last error.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	log.SetFlags(log.LstdFlags | log.Lmicroseconds | log.LUTC)
	if len(os.Args) < 2 {
		log.Fatal("usage: workload serve|get [flags]")
	}
	var err error
	switch os.Args[1] {
	case "serve":
		err = serve(os.Args[2:])
	case "get":
		err = get(os.Args[2:])
	default:
		err = fmt.Errorf("unknown command %q: serve or get", os.Args[1])
	}
	if err != nil {
		log.Fatal(err)
	}
}

func serve(arguments []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	listen := flags.String("listen", ":8080", "address to listen on")
	value := flags.Float64("value", 1, "what /value answers")
	certificate := flags.String("certificate", "", "PEM file; with -key, HTTPS is served")
	key := flags.String("key", "", "PEM file of the certificate's key")
	_ = flags.Parse(arguments)

	name, err := os.Hostname()
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("/value", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, "{\"value\": %g}\n", *value)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		log.Printf("%s %s from %s", r.Method, r.URL.Path, r.RemoteAddr)
		fmt.Fprintln(w, name)
	})
	// As process 1 of its pod it is sent SIGTERM by nobody's default action: without this a deletion takes 30 s.
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-stop
		os.Exit(0)
	}()
	log.Printf("serving on %s", *listen)
	server := &http.Server{Addr: *listen, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	if *certificate != "" {
		return server.ListenAndServeTLS(*certificate, *key)
	}
	return server.ListenAndServe()
}

func get(arguments []string) error {
	flags := flag.NewFlagSet("get", flag.ExitOnError)
	ca := flags.String("ca", "", "PEM file of the only CAs to trust; default: those of the image")
	patience := flags.Duration("for", 30*time.Second, "how long to try")
	_ = flags.Parse(arguments)
	if flags.NArg() != 1 {
		return errors.New("usage: workload get [flags] URL")
	}
	transport := &http.Transport{}
	if *ca != "" {
		text, err := os.ReadFile(*ca)
		if err != nil {
			return err
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(text) {
			return fmt.Errorf("%s: no certificate in it", *ca)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	client := &http.Client{Transport: transport, Timeout: 5 * time.Second}
	end := time.Now().Add(*patience)
	for {
		body, err := once(client, flags.Arg(0))
		if err == nil {
			fmt.Print(body)
			return nil
		}
		if time.Now().After(end) {
			return err
		}
		log.Print(err)
		time.Sleep(500 * time.Millisecond)
	}
}

func once(client *http.Client, url string) (string, error) {
	answer, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s: %s", url, answer.Status, body)
	}
	return string(body), nil
}
