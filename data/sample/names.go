package sample

import "strconv"

// Names are combinations of common syllables, in NFC. Some of them will be
// somebody's; none is meant.

var communeFirst = []string{
	"An", "Bình", "Cao", "Đông", "Đức", "Hòa", "Hồng", "Hưng", "Kim", "Lam", "Minh", "Mỹ", "Ngọc", "Phong", "Phú",
	"Phúc", "Sơn", "Tân", "Thái", "Thanh", "Thạch", "Thịnh", "Thượng", "Tiên", "Trung", "Trường", "Vân", "Việt", "Vĩnh", "Xuân", "Yên",
}

var communeSecond = []string{
	"An", "Bình", "Châu", "Cường", "Dương", "Hà", "Hòa", "Khê", "Lâm", "Lĩnh", "Long", "Lộc", "Lương", "Nam", "Ninh",
	"Phong", "Quang", "Sơn", "Tâm", "Thành", "Thắng", "Thạch", "Tiến", "Trì", "Tuyền", "Vân", "Xuyên",
}

// What a hamlet is called after: rice land, river and plain in the valleys; rock,
// stream and pass above.
var (
	valleyFirst   = []string{"Nà", "Bản", "Pác", "Nặm", "Cốc", "Đông", "Tổng", "Thôm", "Bó", "Vằng"}
	mountainFirst = []string{"Lũng", "Khuổi", "Phia", "Kéo", "Phiêng", "Lũng", "Khau", "Rằng", "Cốc", "Ngườm"}
	hamletSecond  = []string{
		"Lặng", "Sáo", "Cạn", "Chang", "Mười", "Đeng", "Phja", "Rị", "Tẩu", "Hoài", "Luông", "Nọi", "Vài", "Mạ", "Pheo",
		"Thin", "Đâư", "Tả", "Ngần", "Bẻ", "Giàng", "Slam", "Hin", "Đán", "Mjầu", "Quang", "Riệng", "Phầy", "Tum", "Sẳng",
		"Ỏi", "Lịn", "Chuông", "Hẩu", "Gà", "Thoong", "Rày", "Kiêu", "Diểu", "Nghiều",
	}
)

// communeNames gives n different names.
func communeNames(rnd random, n int) []string {
	names := make([]string, 0, n)
	seen := map[string]bool{"Việt Nam": true} // no commune's name
	for len(names) < n {
		a, b := communeFirst[rnd.intn(len(communeFirst))], communeSecond[rnd.intn(len(communeSecond))]
		if name := a + " " + b; a != b && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// hamletName gives a name not yet in taken, and enters it.
func hamletName(rnd random, mountain bool, taken map[string]bool) string {
	first := valleyFirst
	if mountain {
		first = mountainFirst
	}
	for try := 0; ; try++ {
		name := "Xóm " + first[rnd.intn(len(first))] + " " + hamletSecond[rnd.intn(len(hamletSecond))]
		if try > 20 {
			name += " " + strconv.Itoa(2+rnd.intn(8))
		}
		if !taken[name] {
			taken[name] = true
			return name
		}
	}
}
