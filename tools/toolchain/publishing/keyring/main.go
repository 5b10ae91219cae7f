// Command keyring makes an OpenPGP key pair in the keyrings that Helm signs and verifies with.
//
//	keyring --name "NAME" --folder FOLDER [--passphrase TEXT]
//
// Writes secret.gpg (for `helm package --sign`) and public.gpg (for `helm verify`). For trying out: the key is of no use
// to anybody who has not been given it.
package main

import (
	"flag"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

func main() {
	name := flag.String("name", "", "name of the key's owner, by which `helm package --key` finds it")
	folder := flag.String("folder", "", "existing folder for secret.gpg and public.gpg")
	passphrase := flag.String("passphrase", "", "what protects the secret key (default: nothing)")
	flag.Parse()
	if *name == "" || *folder == "" || flag.NArg() != 0 {
		log.Fatal("keyring: --name NAME and --folder FOLDER are needed, and nothing but flags")
	}
	config := &packet.Config{Algorithm: packet.PubKeyAlgoRSA, RSABits: 3072}
	entity, err := openpgp.NewEntity(*name, "", "", config)
	if err != nil {
		log.Fatalf("keyring: %v", err)
	}
	if *passphrase != "" {
		if err := entity.EncryptPrivateKeys([]byte(*passphrase), config); err != nil {
			log.Fatalf("keyring: %v", err)
		}
	}
	// NewEntity has signed the name already, and an encrypted key cannot do so again.
	write(filepath.Join(*folder, "secret.gpg"), func(file io.Writer) error {
		return entity.SerializePrivateWithoutSigning(file, config)
	})
	write(filepath.Join(*folder, "public.gpg"), entity.Serialize)
}

func write(path string, content func(io.Writer) error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		log.Fatalf("keyring: %v", err)
	}
	if err := content(file); err != nil {
		log.Fatalf("keyring: %s: %v", path, err)
	}
	if err := file.Close(); err != nil {
		log.Fatalf("keyring: %v", err)
	}
}
