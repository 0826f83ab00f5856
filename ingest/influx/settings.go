package influx

import "github.com/siaga-id/siaga/internal/secret"

// Settings is the part of a configuration file that says which InfluxDB to
// write to. Secrets are read from files, so that they stand in no configuration.
type Settings struct {
	URL string `mapstructure:"url"`
	// TokenFile is for InfluxDB 2 and 3, Username and PasswordFile for 1.8.
	TokenFile    string `mapstructure:"token_file"`
	Username     string `mapstructure:"username"`
	PasswordFile string `mapstructure:"password_file"`
	Org          string `mapstructure:"org"`
	Bucket       string `mapstructure:"bucket"`
	Database     string `mapstructure:"database"`
	CAFile       string `mapstructure:"ca_file"`
	GZip         bool   `mapstructure:"gzip"`
}

// Config returns the settings for New, with the secrets read.
func (s Settings) Config() (Config, error) {
	token, err := secret.Read("influx.token_file", s.TokenFile)
	if err != nil {
		return Config{}, err
	}
	password, err := secret.Read("influx.password_file", s.PasswordFile)
	if err != nil {
		return Config{}, err
	}
	return Config{
		URL: s.URL, Token: token, Username: s.Username, Password: password,
		Org: s.Org, Bucket: s.Bucket, Database: s.Database, CAFile: s.CAFile, GZip: s.GZip,
	}, nil
}
