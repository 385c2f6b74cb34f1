package sample_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

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

	if err := district.Write(ctx, filepath.Join(os.TempDir(), "district")); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 12 communes, 72 hamlets, 61 masts
}
