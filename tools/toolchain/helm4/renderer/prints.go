package main

import "hash/maphash"

// fingerprintOfText stands for a text or several: 128 bits, seeded anew in each process.
type fingerprintOfText [2]uint64

var seedsOfTexts = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

func printOf(texts ...string) fingerprintOfText {
	var print fingerprintOfText
	for _, text := range texts {
		// The length of each keeps "a", "bc" apart from "ab", "c"; multiplication by an odd constant makes order count.
		print[0] = print[0]*0x9e3779b97f4a7c15 + maphash.String(seedsOfTexts[0], text) + uint64(len(text))
		print[1] = print[1]*0xc2b2ae3d27d4eb4f + maphash.String(seedsOfTexts[1], text)
	}
	return print
}
