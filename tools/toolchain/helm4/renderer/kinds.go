package main

import (
	"slices"

	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
)

// The most kinds whose place is remembered: values may bring objects of any.
const mostKinds = 1000

// orderOfKinds is Helm's order of kinds: Helm is asked once for each kind, and not for each two documents of each rendering.
type orderOfKinds struct {
	sorted []releaseutil.Manifest // one for each kind
	places map[string]int
}

func newOrderOfKinds() *orderOfKinds {
	return &orderOfKinds{places: map[string]int{}}
}

// sort puts documents into Helm's order; those of one kind keep theirs.
func (o *orderOfKinds) sort(documents []*document) {
	if len(o.sorted) > mostKinds {
		*o = *newOrderOfKinds()
	}
	for _, each := range documents {
		o.learn(each.kind)
	}
	slices.SortStableFunc(documents, func(a, b *document) int { return o.places[a.kind] - o.places[b.kind] })
}

func (o *orderOfKinds) learn(kind string) {
	if _, known := o.places[kind]; known {
		return
	}
	head := &releaseutil.SimpleHead{Kind: kind}
	o.sorted = sortManifestsByKind(append(o.sorted, releaseutil.Manifest{Head: head}), releaseutil.InstallOrder)
	for place, each := range o.sorted {
		o.places[each.Head.Kind] = place
	}
}
