package sample_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/covgap/covgap/data/sample"
)

// A district for a first look at the program or for tests.
func Example() {
	ctx := context.Background()
	district, err := sample.Generate(ctx, sample.Options{Seed: 1, Small: true})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(district.Communes), "communes,", len(district.Villages), "hamlets,", len(district.Sites), "masts")

	dir, err := os.MkdirTemp("", "district")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := district.Write(ctx, dir); err != nil {
		log.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(f.Name())
	}
	// Output:
	// 12 communes, 72 hamlets, 61 masts
	// README.txt
	// communes.geojson
	// province.geojson
	// sites.csv
	// terrain
	// villages.geojson
}
