package lang

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Say gives a text of the rooms below, which speak English alone, in the language: itself
// where [phrases] does not have it. Parts that were filled in stay as they are, but for
// phrases among them.
func (l Lang) Say(english string) string {
	if l != Vietnamese || english == "" {
		return english
	}
	return vietnamese(english, 0)
}

// deepest bounds how far phrases stand in phrases.
const deepest = 3

func vietnamese(english string, depth int) string {
	p := compiled()
	english = strings.TrimPrefix(english, "data: ") // the room that it comes from
	if vi, ok := p.whole[english]; ok {
		return vi
	}
	for _, t := range p.templates {
		m := t.pattern.FindStringSubmatch(english)
		if m == nil {
			continue
		}
		out := t.vi
		for _, part := range m[1:] {
			if depth < deepest {
				part = vietnamese(part, depth+1)
			}
			out = strings.Replace(out, "%s", part, 1)
		}
		return out
	}
	return english
}

type template struct {
	pattern *regexp.Regexp
	vi      string
	fixed   int // letters of the English text that are not filled in
}

type catalogue struct {
	whole     map[string]string
	templates []template
}

// compiled makes the phrases ready, those that say most first.
var compiled = sync.OnceValue(func() *catalogue {
	c := &catalogue{whole: map[string]string{}}
	for _, p := range phrases {
		en, vi := p[0], p[1]
		if !strings.Contains(en, "%s") {
			c.whole[en] = vi
			continue
		}
		pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(en), "%s", "(.+?)") + "$"
		c.templates = append(c.templates, template{regexp.MustCompile("(?s)" + pattern), vi, len(en) - 2*strings.Count(en, "%s")})
	}
	slices.SortStableFunc(c.templates, func(a, b template) int { return b.fixed - a.fixed })
	return c
})

// phrases are texts of the rooms below, English and Vietnamese; %s stands for what is
// filled in, in the same order.
var phrases = [][2]string{
	// Where assumed values come from, and the values
	{"ITU-R M.2292, macro rural base station", "ITU-R M.2292, trạm macro nông thôn"},
	{"ITU-R M.2292, macro rural base station: %s", "ITU-R M.2292, trạm macro nông thôn: %s"},
	{"convention of this program", "quy ước của chương trình"},
	{"convention of this program: %s", "quy ước của chương trình: %s"},
	{"downtilt 3°", "góc cụp 3°"},
	{"feeder loss 3 dB", "suy hao phi-đơ 3 dB"},
	{"three sectors; north is a convention", "ba sector; lấy hướng bắc làm gốc theo quy ước"},
	{"43 dBm in 5 MHz, 46 dBm (two ports of 43) in 10 and 20 MHz", "43 dBm trong 5 MHz, 46 dBm (hai cổng 43) trong 10 và 20 MHz"},
	{"2×2 MIMO for LTE, 4×4 for NR", "MIMO 2×2 với LTE, 4×4 với NR"},
	{"4G carries most rural service in Vietnam", "4G là công nghệ chính ở nông thôn Việt Nam"},
	{"65° panel antennas of 2 m are sold with 17 to 18 dBi at 1800 MHz; ITU-R M.2292 takes 18; collinear omnidirectional antennas reach 11", "ăng-ten panel 65° dài 2 m có độ lợi 17–18 dBi ở 1800 MHz; ITU-R M.2292 lấy 18; ăng-ten vô hướng đạt 11"},
	{"centres of the bands in use in Vietnam: E-GSM 900, UMTS band I, LTE band 3, NR block 2500–2600 MHz (auction of March 2024)", "tâm các băng tần đang dùng ở Việt Nam: E-GSM 900, UMTS băng I, LTE băng 3, NR khối 2500–2600 MHz (đấu giá 3/2024)"},
	{"GSM and UMTS channel spacing; LTE 10 MHz is cautious where 1800 MHz holders have up to 20; NR block of 100 MHz", "độ rộng kênh GSM và UMTS; LTE 10 MHz là thận trọng vì băng 1800 MHz có thể tới 20; NR khối 100 MHz"},
	{"3.6 persons a household: General Statistics Office of Vietnam, census of 2019", "3,6 người một hộ: Tổng cục Thống kê, tổng điều tra 2019"},
	{"the area that holds the village's centre", "địa bàn chứa điểm trung tâm thôn/xóm"},
	{"name is blank", "tên để trống"},
	{"the code", "mã"},
	{"the feature's id", "mã của đối tượng"},
	{"row-000001 …", "row-000001 …"},
	{"no column %s; %s is taken for it", "không có cột %s; lấy cột %s thay thế"},
	{"no column %s; generated from the row's number", "không có cột %s; tạo từ số thứ tự dòng"},
	{"no column %s", "không có cột %s"},
	{"an estimate", "ước lượng"},
	{"column position_estimated", "cột position_estimated"},
	{"every direction at once", "mọi hướng cùng lúc"},
	{"policy envelope for a blank azimuth: an upper bound", "chính sách envelope khi trống góc phương vị: cận trên"},
	{"policy omni for a blank azimuth", "chính sách omni khi trống góc phương vị"},
	{"points without a radius", "điểm không có bán kính"},
	{"by position", "theo vị trí"},
	{"area", "diện tích"},
	{"no population, households or commune's population anywhere: area is the weight", "không nơi nào có dân số, số hộ hay dân số xã: dùng diện tích làm trọng số"},
	{"median of the %s villages whose population is known", "trung vị của %s thôn/xóm đã biết dân số"},
	{"households × 3.6", "số hộ × 3,6"},
	{"by the map", "theo bản đồ dân số"},
	{"people of inputs.population in the village's hexes", "dân số theo inputs.population trong các ô của thôn/xóm"},
	{"by area", "theo diện tích"},
	{"the commune's population, less what its other villages state, shared by area", "dân số xã trừ các thôn/xóm đã ghi, chia theo diện tích"},
	{"inland", "nội địa"},
	{"without inputs.sea paths are taken as inland throughout", "không có inputs.sea nên coi mọi đường truyền là nội địa"},

	// What is doubtful in the inputs
	{"rows with one id and the same attributes are parts of one record: their polygons are united", "các dòng cùng mã và cùng thuộc tính là một bản ghi: các đa giác được hợp lại"},
	{"%s, taken for the id, repeats on rows that differ: they are told apart by a number, as in X and X-2", "%s, dùng làm mã, lặp lại ở các dòng khác nhau: phân biệt bằng số, như X và X-2"},
	{"a site_id of one operator is also another operator's at another position: read as two sites", "một site_id của nhà mạng này cũng là của nhà mạng khác ở vị trí khác: đọc thành hai trạm"},
	{"rows with one site_id stand more than %s m apart: read as sites of their own", "các dòng cùng site_id cách nhau hơn %s m: đọc thành các trạm riêng"},
	{"nothing is read from column %s, which looks like %s: if it is that, inputs.%s in covgap.yaml, or --map %s", "không đọc gì từ cột %s, có vẻ là %s: nếu đúng, ghi inputs.%s trong covgap.yaml, hoặc --map %s"},
	{"nothing is read from column %s, which looks like %s: if it is that, rename it", "không đọc gì từ cột %s, có vẻ là %s: nếu đúng, hãy đổi tên cột"},
	{"gain_dbi is not the gain of antenna_file; the row's counts, the file gives the shape alone", "gain_dbi khác độ lợi của antenna_file; lấy theo dòng, tệp chỉ cho dạng búp sóng"},
	{"status %s is not known; read as on_air", "không rõ trạng thái %s; coi là on_air (đang phát)"},
	{"azimuth 360 is read as omnidirectional; write 0 for north", "góc phương vị 360 được đọc là vô hướng; ghi 0 nếu là hướng bắc"},
	{"eirp_dbm is not power_dbm + gain_dbi − losses_db; both are kept, and EIRP counts", "eirp_dbm khác power_dbm + gain_dbi − losses_db; giữ cả hai, tính theo EIRP"},
	{"a sector_id repeats on its site; a number tells them apart", "sector_id lặp lại trong trạm; phân biệt bằng số"},
	{"commune_code has lost its leading zeros; matched by number", "commune_code mất số 0 ở đầu; khớp theo giá trị số"},
	{"commune_code is not among the areas; the area that holds the village's centre is taken", "commune_code không có trong tệp địa bàn; lấy địa bàn chứa điểm trung tâm"},
	{"no area has the village's commune_code or holds its centre", "không địa bàn nào có commune_code của thôn/xóm hoặc chứa điểm trung tâm"},

	// Expected
	{"a number", "một số"}, {"a whole number", "số nguyên"}, {"a date", "ngày tháng"}, {"a position", "tọa độ"},
	{"a polygon", "đa giác"}, {"a valid polygon", "đa giác hợp lệ"}, {"a line", "đường"}, {"a Point", "điểm"}, {"an area", "vùng"}, {"one", "một"},
	{"a polygon, or a point with radius_m", "đa giác, hoặc điểm kèm radius_m"},
	{"points, lines or polygons", "điểm, đường hoặc đa giác"},
	{"longitude and latitude", "kinh độ và vĩ độ"},
	{"WGS 84 longitude and latitude", "kinh độ, vĩ độ WGS 84"},
	{"longitude -180 to 180, latitude -90 to 90", "kinh độ −180 đến 180, vĩ độ −90 đến 90"},
	{"-90 to 90 degrees", "−90 đến 90 độ"}, {"degrees", "độ"}, {"metres", "mét"}, {"heights in metres", "độ cao tính bằng mét"},
	{"yes or no (có, không)", "có hoặc không (yes, no)"},
	{"none, weak or served (không có sóng, yếu, có sóng)", "none (không có sóng), weak (yếu) hoặc served (có sóng)"},
	{"GSM, UMTS, LTE or NR", "GSM, UMTS, LTE hoặc NR"},
	{"GSM, UMTS, LTE, NR or several of them", "GSM, UMTS, LTE, NR hoặc nhiều công nghệ"},
	{"an id of its own", "mã riêng"}, {"every row once", "mỗi dòng một lần"}, {"a value in every row", "giá trị ở mọi dòng"},
	{"a row of column names", "dòng tên cột"}, {"a readable sheet", "trang tính đọc được"}, {"a feature", "đối tượng"}, {"a file", "tệp"}, {"a project", "dự án"},
	{"an Excel workbook (.xlsx)", "tệp Excel (.xlsx)"}, {"a GeoPackage (.gpkg)", "GeoPackage (.gpkg)"}, {"a KML document (.kml, .kmz)", "tài liệu KML (.kml, .kmz)"},
	{"a shapefile (.shp with .dbf)", "shapefile (.shp kèm .dbf)"}, {"a terrain file or folder", "tệp hoặc thư mục địa hình"},
	{"a file named .hgt, .hgt.zip, .tif or .tiff", "tệp .hgt, .hgt.zip, .tif hoặc .tiff"}, {"files named .hgt, .hgt.zip, .tif or .tiff", "các tệp .hgt, .hgt.zip, .tif hoặc .tiff"},
	{"a column of the file or of the schema", "một cột của tệp hoặc của lược đồ"}, {"a coordinate system that is known here", "hệ tọa độ mà chương trình biết"},
	{"terrain all along the path", "địa hình trên suốt đường truyền"}, {"villages with the same ids", "thôn/xóm cùng mã"}, {"two plans of one problem", "hai phương án của cùng một bài toán"},
	{"the name of one of the plan's templates", "tên một mẫu trạm của phương án"}, {"dtm or dsm", "dtm hoặc dsm"}, {"rows of prices", "các dòng đơn giá"},
	{"a run.json of covgap", "run.json của covgap"}, {"an id of the file", "một mã trong tệp"}, {"a position near the village", "vị trí gần thôn/xóm"},
	{"one of %s", "một trong %s"}, {"%s to %s", "%s đến %s"}, {"at least %s", "ít nhất %s"}, {"a number such as %s", "một số như %s"},

	{"a row, from 1", "số dòng, từ 1"}, {"a day such as %s", "một ngày như %s"}, {"0 or more", "từ 0 trở lên"}, {"1 or more", "từ 1 trở lên"},
	{"a share of %s", "tỷ lệ từ %s"}, {"a share above %s, at most %s", "tỷ lệ lớn hơn %s, nhiều nhất %s"}, {"a probability above %s, below %s", "xác suất lớn hơn %s, nhỏ hơn %s"},
	{"a rate of %s", "tỷ lệ từ %s"}, {"a rate above 0", "tỷ giá lớn hơn 0"}, {"an amount of 0 or more", "số tiền từ 0 trở lên"}, {"an amount above 0, with goal: budget", "số tiền lớn hơn 0, với goal: budget"},
	{"1 or more, with goal: count", "từ 1 trở lên, với goal: count"},
	{"kilometres, above %s, at most %s", "km, lớn hơn %s, nhiều nhất %s"}, {"metres above ground, above %s, at most %s", "mét so với mặt đất, lớn hơn %s, nhiều nhất %s"},
	{"above %s, at most %s degrees", "độ, lớn hơn %s, nhiều nhất %s"}, {"above %s, at most %s days", "ngày, lớn hơn %s, nhiều nhất %s"}, {"above %s, at most %s", "lớn hơn %s, nhiều nhất %s"},
	{"metres, 0 for no limit", "mét, 0 là không giới hạn"}, {"more than the class before it", "lớn hơn mức trước"}, {"a channel bandwidth of %s", "một độ rộng kênh của %s"},

	// Found, and remedies
	{"empty", "trống"}, {"nothing", "không có gì"}, {"invalid", "không hợp lệ"},
	{"missing column %s", "thiếu cột %s"},
	{"longitude and latitude, or a point", "kinh độ và vĩ độ, hoặc điểm"},
	{"no village %s; did you mean %s?", "không có thôn/xóm %s; có phải là %s?"},
	{"no project found: %s has no covgap.yaml; \"covgap init\" makes one from your files", "không thấy dự án: %s không có covgap.yaml; \"covgap init\" lập dự án từ dữ liệu của bạn"},
	{"unknown key %s", "không có khóa %s"},
	{"a key that this file can have there", "một khóa dùng được ở đó"},
	{"%s or %s", "%s hoặc %s"},
	{"did you mean %s?", "có phải là %s?"},

	// Errors about files, folders and commands
	{"open %s: no such file or directory", "không mở được %s: không có tệp hoặc thư mục này"},
	{"%s: no such file or directory", "%s: không có tệp hoặc thư mục này"},
	{"stat %s: no such file or directory", "%s: không có tệp hoặc thư mục này"},
	{"%s: permission denied", "%s: không có quyền truy cập"},
	{"unknown command %s for %s", "không có lệnh %s của %s"},
	{"unknown flag: %s", "không có cờ %s"},
	{"accepts %s arg(s), received %s", "cần %s tham số, nhận được %s"},
	{"required flag(s) %s not set", "thiếu cờ bắt buộc %s"},
	{"%s; see %s", "%s; xem %s"},
	{"%s; did you mean %s?", "%s; có phải là %s?"},
}
