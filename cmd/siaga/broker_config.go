package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/gateway/brokerconfig"
	"github.com/siaga-id/siaga/internal/reading"
)

func brokerConfigCommand() *cobra.Command {
	var f centerFlags
	cmd := &cobra.Command{
		Use:   "broker-config",
		Short: "Konfigurasi untuk broker MQTT lain (configuration for an external MQTT broker)",
		Long: "Menulis TLS, hak, antrean dan kata sandi untuk broker lain. Jalankan lagi setelah sebuah node\n" +
			"dipensiunkan: kunci dan kata sandi yang sudah ada tetap dipakai.\n" +
			"(Writes TLS, rights, queues and passwords for an external broker. Run it again when a node was\n" +
			"retired: keys and passwords that are there stay.)",
	}
	f.bind(cmd.PersistentFlags())
	cmd.AddCommand(
		brokerKindCommand(&f, "mosquitto", "Eclipse Mosquitto 2", brokerconfig.Mosquitto, brokerconfig.MosquittoPasswords),
		brokerKindCommand(&f, "emqx", "EMQX 5", brokerconfig.EMQX, func(l []brokerconfig.Login) (string, error) { return brokerconfig.EMQXPasswords(l), nil }),
	)
	return cmd
}

func brokerKindCommand(f *centerFlags, kind, title string,
	write func(brokerconfig.Options) ([]brokerconfig.File, error), passwords func([]brokerconfig.Login) (string, error),
) *cobra.Command {
	b := brokerFolder{write: write, passwords: passwords}
	cmd := &cobra.Command{
		Use: kind, Short: title, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			return b.run(cmd, d)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&b.out, "out", "", "folder tujuan (folder to write to)")
	flags.StringVar(&b.opt.Dir, "at", "", "letak folder itu di mesin broker (where that folder will be on the broker's machine; default: where it is)")
	flags.StringSliceVar(&b.names, "name", nil, "nama atau alamat broker (name or address of the broker; again for more)")
	flags.StringVar(&b.opt.Nodes, "nodes", "0.0.0.0:8883", "alamat untuk node (address for nodes)")
	flags.StringVar(&b.opt.Users, "users", "0.0.0.0:8884", "alamat untuk pusat dan ingester (address for the center and ingesters)")
	flags.StringVar(&b.opt.Center, "up", "center", "nama pengguna siaga up: ingest.name-nya (user name of siaga up: its ingest.name)")
	flags.StringSliceVar(&b.opt.Ingesters, "ingester", nil, "ingest.name sebuah siaga ingest (of a siaga ingest; again for more)")
	if kind == "mosquitto" {
		flags.StringVar(&b.opt.Persistence, "persistence", "", "tempat Mosquitto menyimpan keadaannya (where Mosquitto keeps its state)")
	}
	_ = cmd.MarkFlagRequired("out") // it exists
	_ = cmd.MarkFlagRequired("name")
	return cmd
}

// brokerFolder is a folder with an external broker's configuration.
type brokerFolder struct {
	out       string
	names     []string
	opt       brokerconfig.Options
	write     func(brokerconfig.Options) ([]brokerconfig.File, error)
	passwords func([]brokerconfig.Login) (string, error)
	written   []string
}

func (b *brokerFolder) run(cmd *cobra.Command, d *desk) error {
	var err error
	if b.out, err = filepath.Abs(b.out); err != nil {
		return err
	}
	if b.opt.Dir == "" {
		b.opt.Dir = filepath.ToSlash(b.out)
	}
	var revoked struct {
		PEM    string           `json:"pem"`
		Barred []reading.NodeID `json:"barred"`
	}
	if err := d.call(cmd.Context(), http.MethodGet, "/api/v1/ca/revoked", nil, &revoked); err != nil {
		return err
	}
	b.opt.Barred = revoked.Barred
	files, err := b.write(b.opt)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.out, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	key, err := b.key()
	if err != nil {
		return err
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, new(x509.CertificateRequest), key)
	if err != nil {
		return fmt.Errorf("request certificate: %w", err)
	}
	var chain struct {
		PEM string `json:"pem"`
	}
	if err := d.call(cmd.Context(), http.MethodPost, "/api/v1/ca/broker", map[string]any{"csr": csr, "names": b.names}, &chain); err != nil {
		return err
	}
	var cas authoritiesAnswer
	if err := d.call(cmd.Context(), http.MethodGet, "/api/v1/ca", nil, &cas); err != nil {
		return err
	}
	var trusted strings.Builder
	for _, a := range cas.Authorities {
		trusted.WriteString(a.PEM)
	}
	hashes, err := b.logins()
	if err != nil {
		return err
	}
	files = append(files,
		brokerconfig.File{Name: brokerconfig.CAFile, Text: trusted.String(), Mode: 0o644},
		brokerconfig.File{Name: brokerconfig.CertificateFile, Text: chain.PEM, Mode: 0o644},
		brokerconfig.File{Name: brokerconfig.CRLFile, Text: revoked.PEM, Mode: 0o644},
		brokerconfig.File{Name: brokerconfig.PasswordFile, Text: hashes, Mode: 0o600},
	)
	for _, file := range files {
		if err := b.put(file.Name, file.Text, file.Mode); err != nil {
			return err
		}
	}
	if d.asJSON {
		return printJSON(cmd.OutOrStdout(), map[string]any{"folder": b.out, "files": b.written, "barred": len(b.opt.Barred)})
	}
	return b.explain(cmd, d.lang)
}

// key is the broker's private key: the one that is there, or a new one.
func (b *brokerFolder) key() (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(filepath.Join(b.out, brokerconfig.KeyFile))
	if err == nil {
		block, _ := pem.Decode(text)
		if block == nil {
			return nil, fmt.Errorf("read %s: it holds no PEM block: remove it for a new key", brokerconfig.KeyFile)
		}
		any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		key, ok := any.(*ecdsa.PrivateKey)
		if err != nil || !ok {
			return nil, fmt.Errorf("read %s: it holds no ECDSA key: remove it for a new one", brokerconfig.KeyFile)
		}
		return key, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read key: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	return key, b.put(brokerconfig.KeyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), 0o600)
}

// logins returns the passwords' file for the broker. Each password stands besides
// in a file for its program; one that is there stays.
func (b *brokerFolder) logins() (string, error) {
	var all []brokerconfig.Login
	for _, user := range append([]string{b.opt.Center}, b.opt.Ingesters...) {
		name := user + ".password"
		text, err := os.ReadFile(filepath.Join(b.out, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			text = []byte(rand.Text())
			if err := b.put(name, string(text)+"\n", 0o600); err != nil {
				return "", err
			}
		case err != nil:
			return "", fmt.Errorf("read password: %w", err)
		}
		all = append(all, brokerconfig.Login{User: user, Password: strings.TrimSpace(string(text))})
	}
	return b.passwords(all)
}

// put writes a file whole or not at all.
func (b *brokerFolder) put(name, text string, mode fs.FileMode) error {
	part, err := os.CreateTemp(b.out, name+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer os.Remove(part.Name()) // after the rename it is gone
	_, err = part.WriteString(text)
	if err = errors.Join(err, part.Chmod(mode), part.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	b.written = append(b.written, name)
	return os.Rename(part.Name(), filepath.Join(b.out, name))
}

// explain says what comes next.
func (b *brokerFolder) explain(cmd *cobra.Command, l lang) error {
	out := cmd.OutOrStdout()
	fmt.Fprintln(out, l.say("Ditulis ke ", "Written to ")+b.out)
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "  %s\t%s\n", cmd.Name(), l.say("letakkan folder ini di "+b.opt.Dir+", beri hak baca hanya kepada broker, lalu muat ulang broker",
		"put this folder to "+b.opt.Dir+", readable for the broker alone, and reload it"))
	for _, user := range append([]string{b.opt.Center}, b.opt.Ingesters...) {
		program, nodes := "siaga ingest", ""
		if user == b.opt.Center {
			program, nodes = "siaga up", fmt.Sprintf(", nodes: [%q]", b.nodesAddr())
		}
		fmt.Fprintf(w, "  %s\tmqtt: {url: \"tls://%s\", username: %s, password_file: %s.password, ca_file: %s%s}\n",
			program, b.usersURL(), user, user, brokerconfig.CAFile, nodes)
	}
	fmt.Fprintf(w, "  node\t%s\n", l.say("tidak ada: pendaftaran dan pembaruan memberitahukannya; yang terdaftar sebelumnya: ",
		"nothing: enrolment and renewal tell it; those that are enrolled already: ")+"siaga node config center --all --broker "+b.nodesAddr()+" --reason …")
	return w.Flush()
}

// nodesAddr is where nodes find the broker.
func (b *brokerFolder) nodesAddr() string {
	return b.names[0] + b.opt.Nodes[strings.LastIndexByte(b.opt.Nodes, ':'):]
}

// usersURL is where the center and ingesters find the broker.
func (b *brokerFolder) usersURL() string {
	return b.names[0] + b.opt.Users[strings.LastIndexByte(b.opt.Users, ':'):]
}
