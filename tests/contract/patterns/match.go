// Go's RE2.
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
)

func main() {
	read := map[byte][]string{}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		bytes, err := hex.DecodeString(lines.Text()[2:])
		if err != nil {
			panic(err)
		}
		kind := lines.Text()[0]
		read[kind] = append(read[kind], string(bytes))
	}
	for _, pattern := range read['p'] {
		compiled := regexp.MustCompile(pattern)
		for _, text := range read['t'] {
			if compiled.MatchString(text) {
				fmt.Print(1)
			} else {
				fmt.Print(0)
			}
		}
		fmt.Println()
	}
}
