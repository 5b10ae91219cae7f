package main

// How much text the table of documents holds before it starts anew.
const bytesOfDocuments = 2 << 20

// documentTable numbers the documents that were sent: most documents of a rendering are those of an earlier one, and need
// neither be sent nor read again.
type documentTable struct {
	numbers map[string]int
	next    int
	bytes   int
}

func newDocumentTable() *documentTable {
	return &documentTable{numbers: map[string]int{}}
}

func (t *documentTable) reply(done *rendered) reply {
	answer := reply{Notes: done.notes, Documents: make([]int, 0, len(done.documents)), Texts: map[int]string{}}
	if t.bytes > bytesOfDocuments {
		t.numbers, t.bytes = map[string]int{}, 0
		answer.Forget = true
	}
	for _, text := range done.documents {
		number, known := t.numbers[text]
		if !known {
			t.next++
			number = t.next
			t.numbers[text] = number
			t.bytes += len(text)
			answer.Texts[number] = text
		}
		answer.Documents = append(answer.Documents, number)
	}
	return answer
}
