package backup

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/siaga-id/siaga/gateway/registry"
)

func (s *Staged) leaveOut(what, why string) {
	s.manifest.LeftOut = append(s.manifest.LeftOut, LeftOut{what, why})
}

// listLeftOut says what of the data directory is not copied.
func (s *Staged) listLeftOut(src *Sources) error {
	s.leaveOut("the configuration file and what it names (certificates, token and password files)", "they are not in the data directory")
	s.leaveOut("spools of ingesters on other machines", "they are theirs")
	switch src.History {
	case registry.HistoryLeftOut:
		s.leaveOut("influx", "it was not wanted")
	case registry.HistoryExternal:
		s.leaveOut("readings", "they are in an InfluxDB of its own")
	}
	entries, err := os.ReadDir(src.Dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case name == registryName, name == registryName+"-wal", name == registryName+"-shm", name == "ca", name == "ingest", name == "devices", name == "influx":
		case name == filepath.Base(s.dir):
		case name == "admin.token", name == "setup.link":
			s.leaveOut(name, "each start makes a new one")
		case strings.HasPrefix(name, registryName+".") && strings.HasSuffix(name, ".bak"):
			s.leaveOut(name, "it is the registry of an older siaga")
		case name == "index.json":
			s.leaveOut(name, "the hours in it are rolled up again after a restore")
		case name == "villages":
			s.leaveOut(name, "they are simulated nodes, not the center")
		default:
			s.leaveOut(name, "this siaga does not know it")
		}
	}
	return nil
}
