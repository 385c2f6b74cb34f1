// Package charset reads text that is not UTF-8: the encodings of the IANA register,
// under the names that code pages have in files, and TCVN3 (ABC), which Vietnamese
// offices wrote before Unicode.
package charset

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// ErrUnknown says that there is no such encoding.
var ErrUnknown = errors.New("unknown encoding")

// Names of encodings that are guessed.
const (
	Windows1252 = "windows-1252"
	Windows1258 = "windows-1258" // Vietnamese
)

// codePage is how programs name a code page: CP1258, cp-1258, ANSI 1258, Windows_1258.
var codePage = regexp.MustCompile(`^(?:CP|ANSI|WINDOWS|WIN|MS|X-CP)?[-_ ]?(\d{3,5})$`)

// Lookup finds an encoding by name, in any capitals: of the IANA register (windows-1258,
// ISO-8859-1), a code page as files name it (CP1258, cp-1258, ANSI 1258, 1258, 65001),
// or TCVN3. It is nil for UTF-8. The error wraps ErrUnknown.
func Lookup(name string) (encoding.Encoding, error) {
	n := strings.ToUpper(strings.TrimSpace(name))
	if m := codePage.FindStringSubmatch(n); m != nil {
		switch page := m[1]; {
		case page == "65001":
			n = "UTF-8"
		case len(page) == 4 && strings.HasPrefix(page, "125"):
			n = "WINDOWS-" + page
		case page == "28591":
			n = "ISO-8859-1"
		default:
			n = "IBM" + page
		}
	}
	switch n {
	case "UTF-8", "UTF8":
		return nil, nil
	case "SYSTEM", "ANSI": // that of the computer it comes from, mostly this
		return charmap.Windows1252, nil
	case "TCVN3", "TCVN-3", "TCVN", "ABC", "TCVN5712", "TCVN-5712", "TCVN5712-1", "TCVN5712-3":
		return tcvn3, nil
	case "UTF-16", "UTF16", "UNICODE":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), nil
	}
	if e, err := ianaindex.IANA.Encoding(n); err == nil && e != nil {
		return e, nil
	}
	return nil, fmt.Errorf("%w %q; expected UTF-8, windows-1258, windows-1252, TCVN3 or another name of the IANA register; text in VNI, VISCII or VPS has to be converted to UTF-8 first (UniKey and Excel do)", ErrUnknown, name)
}

// NewDecoder turns text of e into UTF-8 in Unicode's composed form: Windows-1258 has
// the tones of Vietnamese as marks behind the vowel.
func NewDecoder(e encoding.Encoding) transform.Transformer {
	return transform.Chain(e.NewDecoder(), norm.NFC)
}

// IsVietnamese1258 tells Windows-1258 from Windows-1252: it writes Vietnamese tones
// as combining marks after a vowel, at bytes where 1252 has capital or accented
// letters that hardly follow one.
func IsVietnamese1258(b []byte) bool {
	const (
		tones  = "\xcc\xd2\xde\xec\xf2"                                         // grave, hook above, tilde, acute, dot below
		vowels = "aeiouyAEIOUY\xc2\xe2\xca\xea\xd4\xf4\xc3\xe3\xd5\xf5\xdd\xfd" // with those of circumflex, breve and horn
	)
	for i := 1; i < len(b); i++ {
		if strings.IndexByte(tones, b[i]) >= 0 && strings.IndexByte(vowels, b[i-1]) >= 0 {
			return true
		}
	}
	return false
}

// tcvn3Letters are the bytes 0xA0 to 0xFF of TCVN 5712:1993 VN1, of which VN3 (the
// TCVN3 of the .Vn fonts) has the small letters with tones alone. Capitals with tones
// come from fonts of capitals (.VnTimeH): they are read as small letters.
const tcvn3Letters = "\u00a0ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"

var tcvn3 = newTable(tcvn3Letters)

// table is an encoding of one byte a letter, whose lower half is ASCII.
type table [128]rune

func newTable(upper string) *table {
	t := &table{}
	for i := range t {
		t[i] = utf8.RuneError
	}
	i := len(t) - utf8.RuneCountInString(upper)
	for _, r := range upper {
		t[i] = r
		i++
	}
	return t
}

// NewDecoder is [encoding.Encoding]'s.
func (t *table) NewDecoder() *encoding.Decoder {
	return &encoding.Decoder{Transformer: tableDecoder{table: t}}
}

// NewEncoder is [encoding.Encoding]'s; nothing is written in these encodings.
func (t *table) NewEncoder() *encoding.Encoder {
	return &encoding.Encoder{Transformer: encoding.Replacement.NewEncoder()}
}

type tableDecoder struct {
	transform.NopResetter
	table *table
}

// Transform is [transform.Transformer]'s.
func (d tableDecoder) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	for ; nSrc < len(src); nSrc++ {
		r := rune(src[nSrc])
		if r >= utf8.RuneSelf {
			r = d.table[r-utf8.RuneSelf]
		}
		if nDst+utf8.RuneLen(r) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
	}
	return nDst, nSrc, nil
}
