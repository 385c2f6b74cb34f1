// Command province writes a project for measuring the sweep: the sample province on
// terrain of one arc-second (30 m), with one height and frequency on each of so many
// stations, at the default resolution (10) and radius (20 km).
//
//	go run ./docs/measure/province -stations 1217 DIR
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"

	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/data/sample"
	"github.com/covgap/covgap/geo/geodesy"
)

func main() {
	stations := flag.Int("stations", 1217, "number of stations: some of the sample's 1,217, those without LTE left out, then copies of them some hundred metres away")
	flag.Parse()
	if flag.NArg() != 1 || *stations < 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := write(context.Background(), flag.Arg(0), *stations); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(ctx context.Context, dir string, stations int) error {
	province, err := sample.Generate(ctx, sample.Options{Seed: 1, ArcSeconds: 1})
	if err != nil {
		return err
	}
	province.Sites = choose(province.Sites, stations)
	if err := province.Write(ctx, dir); err != nil {
		return err
	}
	p := project.Default()
	p.Name = fmt.Sprintf("Sample province (synthetic), %d stations", stations)
	p.Synthetic = true
	p.Inputs.Sites.File = sample.SitesFile
	p.Inputs.Villages.File = sample.VillagesFile
	p.Inputs.Areas.File = sample.CommunesFile
	p.Inputs.Terrain.Files = []string{sample.TerrainDir}
	return p.Save(dir, "For measuring: see docs/performance.md.")
}

// choose gives n sites spread over all, or all and copies of them, each with the LTE
// sectors of one height and frequency.
func choose(all []data.Site, n int) []data.Site {
	const (
		goldenAngleDeg = 137.50776
		copyM          = 150
	)
	all = slices.DeleteFunc(all, func(s data.Site) bool {
		return !slices.ContainsFunc(s.Sectors, func(x data.Sector) bool { return x.Technology == data.LTE })
	})
	chosen := make([]data.Site, 0, n)
	for i := range n {
		s := all[i%len(all)]
		if n < len(all) {
			s = all[i*len(all)/n]
		}
		if turn := i / len(all); turn > 0 {
			s.ID = fmt.Sprintf("%s-%d", s.ID, turn)
			s.Position = geodesy.Destination(s.Position, goldenAngleDeg*float64(turn), copyM*float64(turn))
		}
		var sectors []data.Sector
		for _, sector := range s.Sectors {
			if sector.Technology == data.LTE && (len(sectors) == 0 || sweep.Of(&s, &sector) == sweep.Of(&s, &sectors[0])) {
				sector.ID = fmt.Sprintf("%s-%d", s.ID, len(sectors)+1)
				sectors = append(sectors, sector)
			}
		}
		if len(sectors) > 3 {
			sectors = sectors[:3]
		}
		s.Sectors = sectors
		chosen = append(chosen, s)
	}
	return chosen
}
