// Package config decodes a configuration file, SIAGA_… environment variables
// and command-line settings over documented defaults. Decoding is exact: a key
// that nothing reads is an error, since a misspelt setting must not look like
// one that is in force.
//
// It must not know any particular program's settings, nor check their values:
// each program's Config validates itself.
package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
)

// EnvPrefix starts the name of every environment variable that is read:
// mqtt.url is SIAGA_MQTT_URL.
const EnvPrefix = "SIAGA"

// Load decodes into into, which must be a pointer to a struct that holds the
// defaults, and calls its Validate() error where it has one. Precedence, lowest
// first: defaults, file ("" for none), environment, overrides (from flags, by
// key). Errors are one line that names the file or variable, the key and what to
// do.
func Load(file string, overrides map[string]any, into any) error {
	keys := leafKeys(reflect.TypeOf(into).Elem(), "")
	v := viper.New()
	if file != "" {
		v.SetConfigFile(file)
		if filepath.Ext(file) == "" {
			v.SetConfigType("yaml")
		}
		if err := v.ReadInConfig(); err != nil {
			return fmt.Errorf("read configuration %s: %w", file, err)
		}
	}
	for _, k := range keys {
		if value, ok := os.LookupEnv(envName(k)); ok {
			v.Set(k, value)
		}
	}
	for k, value := range overrides {
		v.Set(k, value)
	}
	err := v.UnmarshalExact(into, func(dc *mapstructure.DecoderConfig) { dc.DecodeHook = hook })
	if err != nil {
		return fmt.Errorf("configuration %s: %w", source(file), plain(err, keys))
	}
	if c, ok := into.(interface{ Validate() error }); ok {
		if err := c.Validate(); err != nil {
			return fmt.Errorf("configuration %s: %s", source(file), strings.ReplaceAll(err.Error(), "\n", "; "))
		}
	}
	return nil
}

// hook reads what files and variables can only say as text.
var hook = mapstructure.ComposeDecodeHookFunc(
	mapstructure.StringToTimeDurationHookFunc(),
	mapstructure.StringToSliceHookFunc(","),
)

// Decode decodes settings that another configuration has carried along exactly
// over into, a pointer to a struct that holds the defaults. It validates
// nothing. Errors are one line that names the key.
func Decode(settings map[string]any, into any) error {
	d, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result: into, ErrorUnused: true, WeaklyTypedInput: true, DecodeHook: hook,
	})
	if err != nil {
		return fmt.Errorf("decode settings: %w", err)
	}
	if err := d.Decode(settings); err != nil {
		return plain(err, leafKeys(reflect.TypeOf(into).Elem(), ""))
	}
	return nil
}

// source names where the settings came from, for error messages.
func source(file string) string {
	if file == "" {
		return "(environment and flags)"
	}
	return file
}

// plain turns the decoder's report into one line that names keys and remedy.
func plain(err error, keys []string) error {
	var lines []string
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "decoding failed") {
			continue
		}
		if where, names, ok := strings.Cut(line, " has invalid keys: "); ok {
			line = "unknown key " + qualified(where, names)
			if known := siblings(where, keys); known != "" {
				line += ": known here are " + known
			}
		}
		lines = append(lines, line)
	}
	return errors.New(strings.Join(lines, "; "))
}

// qualified puts the section's name before the keys.
func qualified(where, names string) string {
	where = strings.Trim(where, "'")
	if where == "" {
		return names
	}
	return where + ": " + names
}

// siblings lists the keys of a section, without what lies below them.
func siblings(where string, keys []string) string {
	prefix := strings.Trim(where, "'")
	if prefix != "" {
		prefix += "."
	}
	var names []string
	for _, k := range keys {
		rest, ok := strings.CutPrefix(k, prefix)
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(rest, ".")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// leafKeys lists the dotted keys of a configuration struct. Lists of structs
// are one key: they cannot be set from the environment.
func leafKeys(t reflect.Type, prefix string) []string {
	var keys []string
	for i := range t.NumField() {
		f := t.Field(i)
		switch f.Tag.Get("mapstructure") {
		case "-": // the program sets it
			continue
		case ",squash":
			keys = append(keys, leafKeys(f.Type, prefix)...)
			continue
		}
		key := prefix + f.Tag.Get("mapstructure")
		if f.Type.Kind() == reflect.Struct {
			keys = append(keys, leafKeys(f.Type, key+".")...)
			continue
		}
		keys = append(keys, key)
	}
	return keys
}

func envName(key string) string {
	return EnvPrefix + "_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}
