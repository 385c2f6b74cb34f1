package project

import (
	"fmt"

	"github.com/covgap/covgap/data/yamlfile"
	"github.com/goccy/go-yaml"
)

// Settings gives every value of the project file with the defaults that it leaves out, as
// text by its key, such as criterion.target_share or plan.templates.0.name. Values that
// were replaced since it was loaded, by flags, stand as the file has them.
func (p *Project) Settings() (map[string]string, error) {
	if p.loaded != nil {
		p = p.loaded
	}
	b, err := yamlfile.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("project: %w", err)
	}
	var members map[string]any
	if err := yaml.Unmarshal(b, &members); err != nil {
		return nil, fmt.Errorf("project: %w", err)
	}
	out := map[string]string{}
	for key, v := range members {
		yamlfile.Flatten(out, key, v)
	}
	return out, nil
}
