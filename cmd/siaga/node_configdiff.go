package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"
)

func configDiffCommand(f *centerFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "diff NODE [VERSION [VERSION]]",
		Short: "Beda antara yang berlaku dan yang diminta, atau dua versi (what differs between in force and desired, or two versions)",
		Args:  cobra.RangeArgs(1, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			c, err := d.config(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			from, to := c.InForce, c.Desired
			if len(args) > 1 {
				all, err := d.versions(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if to, err = versionOf(all, args[len(args)-1]); err != nil {
					return err
				}
				if len(args) == 3 {
					if from, err = versionOf(all, args[1]); err != nil {
						return err
					}
				}
			}
			if from == nil || to == nil || from.Body == nil || to.Body == nil {
				return errors.New(d.say("tidak ada dua versi untuk dibandingkan", "there are no two versions to compare"))
			}
			lines := differences(from.Body, to.Body)
			if d.asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{"from": from.Version, "to": to.Version, "differences": lines})
			}
			fmt.Fprintf(cmd.OutOrStdout(), d.say("# versi %d → versi %d\n", "# version %d → version %d\n"), from.Version, to.Version)
			for _, line := range lines {
				fmt.Fprintln(cmd.OutOrStdout(), line)
			}
			return nil
		},
	}
}

func versionOf(all []versionAnswer, text string) (*versionAnswer, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("version %q: want a number, from `siaga node config history`", text)
	}
	i := slices.IndexFunc(all, func(v versionAnswer) bool { return v.Version == n })
	if i < 0 {
		return nil, fmt.Errorf("version %d is not known", n)
	}
	return &all[i], nil
}

// differences are lines "- key: value" and "+ key: value", by key.
func differences(from, to map[string]any) []string {
	was, is := map[string]string{}, map[string]string{}
	flatten("", from, was)
	flatten("", to, is)
	keys := maps.Clone(was)
	maps.Copy(keys, is)
	lines := []string{}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		before, had := was[key]
		after, has := is[key]
		if had && has && before == after {
			continue
		}
		if had {
			lines = append(lines, "- "+key+": "+before)
		}
		if has {
			lines = append(lines, "+ "+key+": "+after)
		}
	}
	return lines
}

// flatten names every value by its way; sensors by their id.
func flatten(at string, value any, into map[string]string) {
	if m, ok := value.(map[string]any); ok && len(m) > 0 {
		for key, v := range m {
			flatten(joined(at, key), v, into)
		}
		return
	}
	if list, ok := value.([]any); ok && len(list) > 0 {
		for i, v := range list {
			name := strconv.Itoa(i)
			if m, ok := v.(map[string]any); ok {
				if id, ok := m["id"].(string); ok {
					name = id
				}
			}
			flatten(at+"["+name+"]", v, into)
		}
		return
	}
	b, err := json.Marshal(value)
	if err != nil {
		b = []byte(fmt.Sprint(value))
	}
	into[at] = string(b)
}

func joined(at, key string) string {
	if at == "" {
		return key
	}
	return at + "." + key
}
