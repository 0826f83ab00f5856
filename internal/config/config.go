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
	"reflect"
	"slices"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"go.yaml.in/yaml/v3"
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
	settings := map[string]any{}
	if file != "" {
		var err error
		if settings, err = Read(file); err != nil {
			return err
		}
	}
	return load(file, settings, overrides, into)
}

// Read returns what stands in a file, with all keys in lower case. The error is
// fs.ErrNotExist where there is none.
func Read(file string) (map[string]any, error) {
	text, err := os.ReadFile(file)
	settings := map[string]any{}
	if err == nil {
		err = yaml.Unmarshal(text, &settings)
	}
	if err != nil {
		return nil, fmt.Errorf("read configuration %s: %w", file, err)
	}
	return lower(settings), nil
}

// LoadRead is Load for settings that stand in no file, or not only there; file is
// for errors. It does not change settings.
func LoadRead(file string, settings map[string]any, into any) error {
	return load(file, lower(settings), nil, into)
}

func load(file string, settings, overrides map[string]any, into any) error {
	keys := leafKeys(reflect.TypeOf(into).Elem(), "")
	for _, k := range keys {
		if value, ok := os.LookupEnv(envName(k)); ok {
			set(settings, k, value)
		}
	}
	for k, value := range overrides {
		set(settings, k, value)
	}
	if err := decode(settings, into); err != nil {
		return fmt.Errorf("configuration %s: %w", source(file), plain(err, reflect.TypeOf(into).Elem(), keys))
	}
	if c, ok := into.(interface{ Validate() error }); ok {
		if err := c.Validate(); err != nil {
			return fmt.Errorf("configuration %s: %w", source(file), oneLine{err})
		}
	}
	return nil
}

// oneLine is several errors in one line.
type oneLine struct{ error }

func (e oneLine) Error() string { return strings.ReplaceAll(e.error.Error(), "\n", "; ") }
func (e oneLine) Unwrap() error { return e.error }

// hook reads what files and variables can only say as text.
var hook = mapstructure.ComposeDecodeHookFunc(
	mapstructure.StringToTimeDurationHookFunc(),
	mapstructure.StringToSliceHookFunc(","),
)

// Decode decodes settings that another configuration has carried along exactly
// over into, a pointer to a struct that holds the defaults. It validates
// nothing. Errors are one line that names the key.
func Decode(settings map[string]any, into any) error {
	if err := decode(settings, into); err != nil {
		root := reflect.TypeOf(into).Elem()
		return plain(err, root, leafKeys(root, ""))
	}
	return nil
}

// decode is exact, and takes text for what it says.
func decode(settings map[string]any, into any) error {
	d, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result: into, ErrorUnused: true, WeaklyTypedInput: true, DecodeHook: hook,
	})
	if err != nil {
		return fmt.Errorf("decode settings: %w", err)
	}
	return d.Decode(settings)
}

// lower returns settings with all keys in lower case, however a person wrote them.
func lower(settings map[string]any) map[string]any {
	all := make(map[string]any, len(settings))
	for k, v := range settings {
		all[strings.ToLower(k)] = lowered(v)
	}
	return all
}

func lowered(value any) any {
	switch v := value.(type) {
	case map[string]any:
		return lower(v)
	case map[any]any: // where a key is a number
		texts := make(map[string]any, len(v))
		for k, value := range v {
			texts[fmt.Sprint(k)] = value
		}
		return lower(texts)
	case []any:
		all := make([]any, len(v))
		for i, item := range v {
			all[i] = lowered(item)
		}
		return all
	}
	return value
}

// set puts a value at a dotted key.
func set(settings map[string]any, key string, value any) {
	for {
		section, rest, below := strings.Cut(key, ".")
		if !below {
			settings[key] = value
			return
		}
		next, ok := settings[section].(map[string]any)
		if !ok {
			next = map[string]any{}
			settings[section] = next
		}
		settings, key = next, rest
	}
}

// source names where the settings came from, for error messages.
func source(file string) string {
	if file == "" {
		return "(environment and flags)"
	}
	return file
}

// plain turns the decoder's report into one line that names keys and remedy. The
// decoder calls what is in no section by the type's name.
func plain(err error, root reflect.Type, keys []string) error {
	var lines []string
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "decoding failed") {
			continue
		}
		if where, names, ok := strings.Cut(line, " has invalid keys: "); ok {
			if where = strings.Trim(where, "'"); where == root.String() {
				where = ""
			}
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
	if where == "" {
		return names
	}
	return where + ": " + names
}

// siblings lists the keys of a section, without what lies below them.
func siblings(where string, keys []string) string {
	if where != "" {
		where += "."
	}
	var names []string
	for _, k := range keys {
		rest, ok := strings.CutPrefix(k, where)
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
