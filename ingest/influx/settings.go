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

// Config returns the settings for New, with the secrets read. Their files are read
// again at every request, so that they may be replaced at any time.
func (s Settings) Config() (Config, error) {
	token, err := secret.Open("influx.token_file", s.TokenFile)
	if err != nil {
		return Config{}, err
	}
	password, err := secret.Open("influx.password_file", s.PasswordFile)
	if err != nil {
		return Config{}, err
	}
	c := Config{
		URL: s.URL, Username: s.Username, Org: s.Org, Bucket: s.Bucket, Database: s.Database, CAFile: s.CAFile, GZip: s.GZip,
		Secret: token.Current,
	}
	if s.Username != "" {
		c.Secret = password.Current
	}
	c.Token, err = token.Current() // which check wants to know beside a user's
	return c, err
}
