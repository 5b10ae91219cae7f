package main

import (
	"encoding/json"
	"strings"
	"unicode"

	release "helm.sh/helm/v4/pkg/release/v1"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
)

const bytesOfFiles = 4 << 20

// manifestFile is what Helm's SortManifests makes of one rendered file.
type manifestFile struct {
	manifests, hooks []*document
}

// manifestReader reads rendered files as Helm's SortManifests does, and remembers what a text was found to hold. Helm reads each
// document as YAML to learn its kind and its hooks, and to tell what it says it has to be read, too: here that is one reading. It
// decides about documents that are no hooks and that strict reading takes; Helm does about files with any other.
type manifestReader struct {
	files    *generations[fingerprintOfText, *manifestFile]
	plain    *generations[fingerprintOfText, *document]
	lines    *longLines
	warnings *warningHandler
}

func newManifestReader(warnings *warningHandler) *manifestReader {
	return &manifestReader{
		files:    newGenerations[fingerprintOfText, *manifestFile](bytesOfFiles),
		plain:    newGenerations[fingerprintOfText, *document](bytesOfFiles),
		lines:    newLongLines(),
		warnings: warnings,
	}
}

// read returns nil for a file in which Helm finds an error.
func (r *manifestReader) read(name, text string) *manifestFile {
	print := printOf(name, text)
	if known, found := r.files.get(print); found {
		return known
	}
	if file := r.withoutHelm(name, text); file != nil {
		r.files.put(print, file, len(text))
		return file
	}
	logged := len(*r.warnings.lines)
	hooks, manifests, err := releaseutil.SortManifests(map[string]string{name: text}, nil, releaseutil.InstallOrder)
	if err != nil {
		return nil
	}
	file := &manifestFile{}
	for _, each := range manifests {
		file.manifests = append(file.manifests, read(each.Head.Kind, each.Name, each.Content))
	}
	for _, each := range hooks {
		file.hooks = append(file.hooks, read(each.Kind, each.Path, each.Manifest))
	}
	// What Helm logs meanwhile it has to log the next time, too.
	if logged == len(*r.warnings.lines) {
		r.files.put(print, file, len(text))
	}
	return file
}

func read(kind, name, content string) *document {
	made := newDocument(kind, name, content, nil)
	made.object = objectOf(strings.TrimRight(made.text, "\n") + "\n")
	return made
}

// withoutHelm returns nil when one of the documents is left to Helm.
func (r *manifestReader) withoutHelm(name, text string) *manifestFile {
	contents := split(text)
	file := &manifestFile{manifests: make([]*document, 0, len(contents))}
	for _, content := range contents {
		print := printOf(name, content)
		made, known := r.plain.get(print)
		if !known {
			if made = r.plainDocument(name, content); made == nil {
				return nil
			}
			// One document alone is remembered as a file.
			if len(contents) > 1 {
				r.plain.put(print, made, len(content))
			}
		}
		file.manifests = append(file.manifests, made)
	}
	return file
}

// plainDocument reads a document once. It returns nil for hooks, for what strict reading refuses, and where Helm reads another head:
// it makes texts of numbers there.
func (r *manifestReader) plainDocument(name, content string) *document {
	if readInSeveralWays(content) || strings.Contains(content, "\ufeff") {
		return nil
	}
	read := r.lines.toJSON(content)
	if read == nil {
		return nil
	}
	var head releaseutil.SimpleHead
	if err := json.Unmarshal(read, &head); err != nil {
		return nil
	}
	if head.Metadata != nil {
		if _, hook := head.Metadata.Annotations[release.HookAnnotation]; hook {
			return nil
		}
	}
	made := newDocument(head.Kind, name, content, nil)
	switch {
	case !strings.HasSuffix(content, "\n") || strings.Contains(content, "+"):
		// The line end that is printed behind it may mean something to a block scalar: the suite reads documents with one.
		made.object = objectOf(strings.TrimRight(made.text, "\n") + "\n")
	case len(made.text) <= longestRead && read[0] == '{':
		made.object = read
	}
	return made
}

// split is Helm's SplitManifests, in order, without a regular expression: lines of three dashes and the blanks behind them stand
// between documents, and what has nothing but space is none.
func split(text string) []string {
	var contents []string
	add := func(part string) {
		if part = strings.TrimLeftFunc(part, unicode.IsSpace); part != "" {
			contents = append(contents, part)
		}
	}
	rest := strings.TrimLeftFunc(text, unicode.IsSpace)
	end := 0
	if !strings.HasPrefix(rest, "---") {
		end = lineOfDashes(rest)
	}
	for end >= 0 {
		add(rest[:end])
		// Behind the dashes the line goes on: more of them are text.
		rest = strings.TrimLeft(rest[end+len("---"):], " \t")
		end = lineOfDashes(rest)
	}
	add(rest)
	return contents
}

// lineOfDashes tells where the next line begins that starts with three dashes; negative: nowhere.
func lineOfDashes(text string) int {
	before := strings.Index(text, "\n---")
	if before < 0 {
		return before
	}
	return before + 1
}
