package data

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/covgap/covgap/geo"
)

// Kind is a kind of record a user brings.
type Kind string

// The kinds of record.
const (
	Sites    Kind = "sites"
	Villages Kind = "villages"
	Areas    Kind = "areas"

	Measurements Kind = "measurements"

	Roads      Kind = "roads"
	PowerLines Kind = "power_lines"
	FibreLines Kind = "fibre"
	Costs      Kind = "costs"

	Sea Kind = "sea"
)

// Kinds lists the kinds that have a schema.
func Kinds() []Kind {
	return []Kind{Sites, Villages, Areas, Measurements, Roads, PowerLines, FibreLines, Sea, Costs}
}

// mapped says whether users bring records of the kind under headers of their own,
// which --map can name.
func (k Kind) mapped() bool { return k == Sites || k == Villages || k == Areas || k == Measurements }

// ColumnType says how the values of a column are read.
type ColumnType string

// The types of a column.
const (
	TypeText   ColumnType = "text"
	TypeNumber ColumnType = "number"
	TypeCount  ColumnType = "count" // whole things; thousands separators are refused
	TypeDate   ColumnType = "date"  // 2025-08-31, 2025-08, 2025 or 31/08/2025; kept as ISO 8601
	TypeYesNo  ColumnType = "yes_no"
	TypeEnum   ColumnType = "enum"
)

// Range is a closed interval.
type Range struct {
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// Meaning is what a column holds, in both languages of the program.
type Meaning struct {
	EN string `json:"en"`
	VI string `json:"vi"`
}

// Column is one column of a [Schema].
type Column struct {
	Name          string     `json:"name"`
	Type          ColumnType `json:"type"`
	Unit          string     `json:"unit,omitempty"`
	Range         *Range     `json:"range,omitempty"`
	Values        []string   `json:"values,omitempty"` // of an enum
	Required      bool       `json:"required"`
	Describes     bool       `json:"describes,omitempty"`      // a cell that cannot be read is left out; of other columns it refuses the row
	PerTechnology bool       `json:"per_technology,omitempty"` // may be mapped for one technology: power_dbm.LTE
	Meaning       Meaning    `json:"meaning"`
	Default       string     `json:"default,omitempty"`
	DefaultSource string     `json:"default_source,omitempty"`
	// Aliases are headers taken for this column when its own name is missing, best
	// first. Case, accents, spaces and punctuation do not matter.
	Aliases []string `json:"aliases,omitempty"`
}

// Schema is the table of columns of one kind of record.
type Schema struct {
	Kind     Kind     `json:"kind"`
	Meaning  Meaning  `json:"meaning"`
	Geometry string   `json:"geometry"` // what stands for the position or outline
	Columns  []Column `json:"columns"`
}

var schemas = []*Schema{&siteSchema, &villageSchema, &areaSchema, &measurementSchema, &roadSchema, &powerLineSchema, &fibreSchema, &seaSchema, &costSchema}

// SchemaOf gives the schema of a kind. The error names the kinds there are.
func SchemaOf(name string) (Schema, error) {
	for _, s := range schemas {
		if string(s.Kind) == name {
			return s.clone(), nil
		}
	}
	names := make([]string, 0, len(Kinds()))
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	hint := ""
	if near := geo.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("; did you mean %s?", near)
	}
	return Schema{}, fmt.Errorf("data: no schema %q; there are %s%s", name, strings.Join(names, ", "), hint)
}

// JSON gives the schema as an indented JSON object.
func (s *Schema) JSON() ([]byte, error) { return json.MarshalIndent(s, "", "  ") }

// Column finds a column by name.
func (s *Schema) Column(name string) (Column, bool) {
	if i := s.index(name); i >= 0 {
		return s.Columns[i], true
	}
	return Column{}, false
}

func (s *Schema) clone() Schema {
	out := *s
	out.Columns = slices.Clone(s.Columns)
	return out
}

func (s *Schema) index(name string) int {
	return slices.IndexFunc(s.Columns, func(c Column) bool { return c.Name == name })
}

func (s *Schema) names() []string {
	out := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		out[i] = c.Name
	}
	return out
}

const (
	sourceM2292      = "ITU-R M.2292, macro rural base station"
	sourceConvention = "convention of this program"
)

var siteSchema = Schema{
	Kind: Sites,
	Meaning: Meaning{
		EN: "Base stations: one row is one sector, or a whole site on defaults; several technologies in a row become a sector of each.",
		VI: "Trạm gốc: mỗi dòng là một sector, hoặc cả trạm với giá trị mặc định; một dòng ghi nhiều công nghệ thành nhiều sector.",
	},
	Geometry: "longitude and latitude, or a point",
	Columns: []Column{
		{
			Name: "site_id", Type: TypeText, Required: true,
			Meaning:       Meaning{"identifier of the mast or rooftop", "mã trạm"},
			DefaultSource: "without such a column ids row-000001 … are generated and reported",
			Aliases:       []string{"site", "site code", "site no", "id", "mã trạm", "mã vị trí", "mã site", "ma tram bts", "bts", "bts id", "station id", "tower id", "enodeb", "node id", "code", "cell_id", "cell name", "cell", "mã bts", "mã trạm bts"},
		},
		{
			Name: "longitude", Type: TypeNumber, Unit: "degrees", Range: &Range{-180, 180}, Required: true,
			Meaning: Meaning{"longitude, WGS 84, east positive (easting in metres with --in-crs)", "kinh độ WGS 84 (hoặc tọa độ đông, mét, khi dùng --in-crs)"},
			Aliases: []string{"lon", "lng", "long", "kinh độ", "kinhdo", "wgs84 lon", "x", "easting", "e", "tọa độ x"},
		},
		{
			Name: "latitude", Type: TypeNumber, Unit: "degrees", Range: &Range{-90, 90}, Required: true,
			Meaning: Meaning{"latitude, WGS 84, north positive (northing in metres with --in-crs)", "vĩ độ WGS 84 (hoặc tọa độ bắc, mét, khi dùng --in-crs)"},
			Aliases: []string{"lat", "vĩ độ", "vido", "wgs84 lat", "y", "northing", "n", "tọa độ y"},
		},
		{
			Name: "position_estimated", Type: TypeYesNo, Describes: true,
			Meaning: Meaning{"the position is an estimate from measurements, not the operator's", "vị trí ước lượng từ số đo, không phải của nhà mạng"},
			Default: "no",
			Aliases: []string{"changeable", "vị trí ước lượng"}, // the first is OpenCelliD's
		},
		{
			Name: "name", Type: TypeText,
			Meaning: Meaning{"name of the site", "tên trạm"},
			Aliases: []string{"site name", "tên trạm", "tên vị trí", "tên", "ten tram", "tên bts", "tên trạm bts"},
		},
		{
			Name: "sector_id", Type: TypeText,
			Meaning: Meaning{"identifier of the sector", "mã sector (cell)"},
			Default: "site id, technology and number", DefaultSource: sourceConvention,
			Aliases: []string{"sector", "cell_id", "cell name", "cell", "cellid", "ci", "eci", "mã cell", "tên cell", "mã sector"},
		},
		{
			Name: "operator", Type: TypeText,
			Meaning: Meaning{"mobile operator", "nhà mạng"},
			Default: UnspecifiedOperator, DefaultSource: sourceConvention,
			Aliases: []string{"nhà mạng", "doanh nghiệp", "mạng", "carrier name", "provider", "mno", "network"},
		},
		{
			Name: "technology", Type: TypeText,
			Meaning: Meaning{"GSM, UMTS, LTE, NR (2G to 5G); several separated by | , ; / + or spaces; a band may follow, as in LTE1800", "công nghệ GSM, UMTS, LTE, NR (2G–5G); nhiều công nghệ cách nhau bằng | , ; / +"},
			Default: "LTE", DefaultSource: sourceConvention + ": 4G carries most rural service in Vietnam",
			Aliases: []string{"tech", "techs", "technologies", "công nghệ", "loại trạm", "rat", "generation", "thế hệ", "radio"},
		},
		{
			Name: "carrier", Type: TypeText, PerTechnology: true,
			Meaning: Meaning{"carrier or band, such as 1800, L1800, B3, n41", "sóng mang hoặc băng tần, ví dụ 1800, L1800, B3, n41"},
			Aliases: []string{"band", "băng tần", "frequency band", "carriers"},
		},
		{
			Name: "frequency_mhz", Type: TypeNumber, Unit: "MHz", Range: &Range{30, 100000}, PerTechnology: true,
			Meaning: Meaning{"downlink carrier frequency", "tần số đường xuống"},
			Default: "from earfcn or carrier, else GSM 947.5, UMTS 2140, LTE 1842.5, NR 2550", DefaultSource: sourceBands,
			Aliases: []string{"frequency", "freq", "freq mhz", "tần số", "dl frequency", "dl freq"},
		},
		{
			Name: "earfcn", Type: TypeCount, Range: &Range{0, 3279165}, PerTechnology: true,
			Meaning: Meaning{"downlink channel number of the row's technology: ARFCN, UARFCN, EARFCN or NR-ARFCN", "số kênh đường xuống: ARFCN, UARFCN, EARFCN hoặc NR-ARFCN"},
			Aliases: []string{"dl earfcn", "earfcn dl", "arfcn", "uarfcn", "nrarfcn", "channel"},
		},
		{
			Name: "bandwidth_mhz", Type: TypeNumber, Unit: "MHz", Range: &Range{0.2, 2000}, PerTechnology: true,
			Meaning: Meaning{"channel bandwidth", "độ rộng băng tần"},
			Default: "GSM 0.2, UMTS 5, LTE 10, NR 100", DefaultSource: sourceBandwidth,
			Aliases: []string{"bandwidth", "bw", "băng thông", "độ rộng băng"},
		},
		{
			Name: "antenna_height_m", Type: TypeNumber, Unit: "m", Range: &Range{0.5, 1000}, PerTechnology: true,
			Meaning: Meaning{"height of the antenna's centre above ground", "độ cao tâm ăng-ten so với mặt đất"},
			Default: "30, not above structure_height_m", DefaultSource: sourceM2292,
			Aliases: []string{"antenna height", "height", "height m", "độ cao anten", "chiều cao anten", "độ cao ăng ten", "chiều cao ăng ten", "độ cao", "cao độ anten", "antenna agl", "agl", "hba", "tx height", "độ cao treo anten", "chiều cao treo anten"},
		},
		{
			Name: "antenna_type", Type: TypeEnum, Values: []string{"sector", "omni"}, PerTechnology: true,
			Meaning: Meaning{"sector or omni", "loại ăng-ten: sector hoặc omni (vô hướng)"},
			Default: "sector", DefaultSource: sourceM2292,
			Aliases: []string{"antenna", "loại anten", "loại ăng ten", "sector type", "coverage type"},
		},
		{
			Name: "azimuth_deg", Type: TypeNumber, Unit: "degrees", Range: &Range{0, 360}, PerTechnology: true,
			Meaning: Meaning{"pointing, clockwise from true north; omni or 360 for an omnidirectional antenna", "góc phương vị theo chiều kim đồng hồ từ hướng bắc; omni hoặc 360 là vô hướng"},
			Default: "three sectors at 0, 120 and 240", DefaultSource: sourceM2292 + ": three sectors; north is a convention",
			Aliases: []string{"azimuth", "azimut", "azi", "góc phương vị", "hướng", "góc azimuth", "bearing", "direction"},
		},
		{
			Name: "mechanical_tilt_deg", Type: TypeNumber, Unit: "degrees", Range: &Range{-90, 90}, PerTechnology: true,
			Meaning: Meaning{"mechanical tilt, positive down", "góc cụp cơ, dương là cúi xuống"},
			Default: "0", DefaultSource: sourceConvention,
			Aliases: []string{"mechanical tilt", "mtilt", "m tilt", "tilt cơ", "góc cụp cơ", "mech tilt"},
		},
		{
			Name: "electrical_tilt_deg", Type: TypeNumber, Unit: "degrees", Range: &Range{-90, 90}, PerTechnology: true,
			Meaning: Meaning{"electrical tilt, positive down", "góc cụp điện, dương là cúi xuống"},
			Default: "3 when neither tilt is given, else 0; omni 0", DefaultSource: sourceM2292 + ": downtilt 3°",
			Aliases: []string{"electrical tilt", "etilt", "e tilt", "tilt điện", "góc cụp điện", "elec tilt", "tilt", "downtilt", "total tilt", "góc cụp", "góc ngẩng"},
		},
		{
			Name: "beamwidth_h_deg", Type: TypeNumber, Unit: "degrees", Range: &Range{1, 360}, PerTechnology: true,
			Meaning: Meaning{"horizontal half-power beamwidth; 360 is omnidirectional", "độ rộng búp sóng ngang (−3 dB); 360 là vô hướng"},
			Default: "65; omni 360", DefaultSource: sourceM2292,
			Aliases: []string{"beamwidth", "hpbw", "hbw", "horizontal beamwidth", "h beamwidth", "góc mở", "búp sóng ngang", "độ rộng búp sóng"},
		},
		{
			Name: "beamwidth_v_deg", Type: TypeNumber, Unit: "degrees", Range: &Range{1, 180}, PerTechnology: true,
			Meaning: Meaning{"vertical half-power beamwidth", "độ rộng búp sóng đứng (−3 dB)"},
			Default: "10", DefaultSource: "3GPP TR 36.814 Table A.2.1.1-2",
			Aliases: []string{"vpbw", "vbw", "vertical beamwidth", "v beamwidth", "búp sóng đứng"},
		},
		{
			Name: "gain_dbi", Type: TypeNumber, Unit: "dBi", Range: &Range{-20, 50}, PerTechnology: true,
			Meaning: Meaning{"antenna gain over isotropic", "độ lợi ăng-ten"},
			Default: "17; omni 11", DefaultSource: sourceGain,
			Aliases: []string{"gain", "antenna gain", "độ lợi", "tăng ích", "độ lợi anten", "độ lợi ăng ten"},
		},
		{
			Name: "power_dbm", Type: TypeNumber, Unit: "dBm", Range: &Range{-30, 70}, PerTechnology: true,
			Meaning: Meaning{"conducted power of one antenna port, whole carrier", "công suất phát trên một cổng ăng-ten (toàn sóng mang)"},
			Default: "43 (20 W); from eirp_dbm where that is given", DefaultSource: sourceM2292 + ": 43 dBm in 5 MHz, 46 dBm (two ports of 43) in 10 and 20 MHz",
			Aliases: []string{"power", "tx power", "công suất", "công suất phát", "max power", "output power"},
		},
		{
			Name: "ports", Type: TypeCount, Range: &Range{1, 256}, PerTechnology: true,
			Meaning: Meaning{"antenna ports", "số cổng ăng-ten"},
			Default: "GSM 1, UMTS 1, LTE 2, NR 4", DefaultSource: sourceConvention + ": 2×2 MIMO for LTE, 4×4 for NR",
			Aliases: []string{"antenna ports", "tx ports", "số cổng", "mimo"},
		},
		{
			Name: "losses_db", Type: TypeNumber, Unit: "dB", Range: &Range{0, 50}, PerTechnology: true,
			Meaning: Meaning{"feeder, connector and combiner losses", "suy hao phi-đơ và đầu nối"},
			Default: "3", DefaultSource: sourceM2292 + ": feeder loss 3 dB",
			Aliases: []string{"losses", "loss", "feeder loss", "cable loss", "suy hao", "suy hao feeder"},
		},
		{
			Name: "eirp_dbm", Type: TypeNumber, Unit: "dBm", Range: &Range{-30, 120}, PerTechnology: true,
			Meaning: Meaning{"total-carrier EIRP of one antenna port", "công suất bức xạ đẳng hướng tương đương (EIRP) của một cổng"},
			Default: "power_dbm + gain_dbi − losses_db",
			Aliases: []string{"eirp", "max eirp"},
		},
		{
			Name: "antenna_file", Type: TypeText, PerTechnology: true,
			Meaning: Meaning{"antenna pattern file (MSI); gain and electrical tilt left blank are the file's", "tệp giản đồ ăng-ten (MSI); bỏ trống độ lợi và góc cụp điện thì lấy theo tệp"},
			Aliases: []string{"antenna model", "pattern", "msi", "mẫu anten", "mẫu ăng ten"},
		},
		{
			Name: "structure_type", Type: TypeText,
			Meaning: Meaning{"tower, mast, rooftop, pole", "loại cột: tự đứng, dây co, trên mái…"},
			Aliases: []string{"structure", "tower type", "loại cột", "mast type"},
		},
		{
			Name: "structure_height_m", Type: TypeNumber, Unit: "m", Range: &Range{0.5, 1000},
			Meaning: Meaning{"height of the structure above ground", "chiều cao cột"},
			Aliases: []string{"structure height", "tower height", "mast height", "chiều cao cột", "độ cao cột"},
		},
		{
			Name: "owner", Type: TypeText,
			Meaning: Meaning{"owner of the structure", "chủ sở hữu cột"},
			Aliases: []string{"tower owner", "towerco", "chủ sở hữu", "chủ đầu tư", "đơn vị sở hữu"},
		},
		{
			Name: "status", Type: TypeEnum, Values: []string{"on_air", "planned", "off_air"}, PerTechnology: true,
			Meaning: Meaning{"on air, planned or off air", "trạng thái: đang phát sóng, dự kiến, đã tắt"},
			Default: "on_air", DefaultSource: sourceConvention,
			Aliases: []string{"trạng thái", "tình trạng", "state"},
		},
		{
			Name: "on_air_date", Type: TypeDate, Describes: true, PerTechnology: true,
			Meaning: Meaning{"first day on air", "ngày phát sóng"},
			Aliases: []string{"on air", "onair date", "ngày phát sóng", "launch date"},
		},
		{
			Name: "off_air_date", Type: TypeDate, Describes: true, PerTechnology: true,
			Meaning: Meaning{"first day off air", "ngày tắt sóng"},
			Aliases: []string{"off air", "offair date", "ngày tắt sóng"},
		},
		{
			Name: "power_source", Type: TypeText,
			Meaning: Meaning{"grid, solar, generator, hybrid", "nguồn điện"},
			Aliases: []string{"power supply", "nguồn điện", "nguồn"},
		},
		{
			Name: "backhaul", Type: TypeText,
			Meaning: Meaning{"fibre, microwave, satellite", "truyền dẫn"},
			Aliases: []string{"transmission", "truyền dẫn", "loại truyền dẫn"},
		},
	},
}

var villageSchema = Schema{
	Kind: Villages,
	Meaning: Meaning{
		EN: "Villages (hamlets): a polygon, or a point with a radius.",
		VI: "Thôn, xóm, bản: vùng (polygon), hoặc điểm với bán kính.",
	},
	Geometry: "polygon or multipolygon; or a point, or longitude and latitude, with radius_m",
	Columns: []Column{
		{
			Name: "id", Type: TypeText, Required: true,
			Meaning:       Meaning{"identifier of the village", "mã thôn"},
			DefaultSource: "without such a column a postcode or official number is proposed, else ids row-000001 … are generated; both are reported",
			Aliases:       []string{"village_id", "hamlet_id", "mã thôn", "mã xóm", "mã bản", "thon id", "ma", "plz", "postcode", "commune_id", "bfs", "code", "osm_id", "fid", "gid"},
		},
		{
			Name: "longitude", Type: TypeNumber, Unit: "degrees", Range: &Range{-180, 180},
			Meaning: Meaning{"longitude of a point village", "kinh độ (thôn dạng điểm)"},
			Aliases: []string{"lon", "lng", "long", "kinh độ", "x", "easting", "tọa độ x"},
		},
		{
			Name: "latitude", Type: TypeNumber, Unit: "degrees", Range: &Range{-90, 90},
			Meaning: Meaning{"latitude of a point village", "vĩ độ (thôn dạng điểm)"},
			Aliases: []string{"lat", "vĩ độ", "y", "northing", "tọa độ y"},
		},
		{
			Name: "radius_m", Type: TypeNumber, Unit: "m", Range: &Range{1, 50000},
			Meaning: Meaning{"radius of a point village", "bán kính (thôn dạng điểm)"},
			Default: "500", DefaultSource: sourceConvention,
			Aliases: []string{"radius", "bán kính", "r"},
		},
		{
			Name: "name", Type: TypeText,
			Meaning: Meaning{"name of the village", "tên thôn, xóm, bản"},
			Aliases: []string{"village", "village name", "hamlet", "thôn/xóm", "thôn", "xóm", "bản", "tên thôn", "tên xóm", "tên", "commune_vn", "locality", "tên thôn xóm", "tên thôn bản", "thôn bản", "tên thôn xóm bản", "thôn xóm bản"},
		},
		{
			Name: "commune_code", Type: TypeText,
			Meaning:       Meaning{"code of the commune, kept as text (01273)", "mã xã"},
			DefaultSource: "the area that holds the village's centre",
			Aliases:       []string{"mã xã", "ma xa", "xa id", "bfs", "commune_id", "ward code", "mã đvhc", "mã đơn vị hành chính"},
		},
		{
			Name: "commune", Type: TypeText,
			Meaning: Meaning{"name of the commune", "tên xã"},
			Aliases: []string{"xã", "xã/phường", "tên xã", "municipality", "commune name", "ward"},
		},
		{
			Name: "population", Type: TypeCount, Describes: true, Unit: "people", Range: &Range{0, 1e8},
			Meaning: Meaning{"people", "dân số (số khẩu)"},
			Default: "households × 3.6; else inputs.population; else the commune's, shared by area; else the median of the other villages", DefaultSource: sourcePopulation,
			Aliases: []string{"pop", "people", "inhabitants", "dân số", "số dân", "số khẩu", "nhân khẩu", "số nhân khẩu", "tổng dân số", "tổng số dân", "tổng số khẩu", "tổng số nhân khẩu"},
		},
		{
			Name: "households", Type: TypeCount, Describes: true, Unit: "households", Range: &Range{0, 1e8},
			Meaning: Meaning{"households", "số hộ"},
			Aliases: []string{"hh", "số hộ", "hộ", "số hộ dân", "hộ dân", "tổng số hộ", "tổng số hộ dân"},
		},
		{
			Name: "grid_power", Type: TypeYesNo, Describes: true,
			Meaning: Meaning{"grid electricity reaches the village", "có điện lưới"},
			Default: "unknown",
			Aliases: []string{"có điện lưới", "điện lưới", "có điện", "electricity", "grid", "power", "điện lưới quốc gia", "có điện lưới quốc gia"},
		},
		{
			Name: "grid_power_year", Type: TypeCount, Describes: true, Range: &Range{1900, 2200},
			Meaning: Meaning{"year in which grid electricity is due", "năm có điện lưới"},
			Aliases: []string{"năm có điện", "năm có điện lưới", "electrification year"},
		},
		{
			Name: "fund_eligible", Type: TypeYesNo, Describes: true,
			Meaning: Meaning{"the universal service fund may pay", "thuộc diện hỗ trợ của Quỹ Dịch vụ viễn thông công ích"},
			Default: "unknown",
			Aliases: []string{"vtf", "vtci", "usf", "công ích", "thuộc diện hỗ trợ"},
		},
		{
			Name: "priority", Type: TypeNumber, Describes: true, Range: &Range{0, 1e6},
			Meaning: Meaning{"priority given by the province, higher is more urgent", "mức ưu tiên, càng lớn càng gấp"},
			Default: "0", DefaultSource: sourceConvention,
			Aliases: []string{"ưu tiên", "mức ưu tiên"},
		},
		{
			Name: "centre_lon", Type: TypeNumber, Unit: "degrees", Range: &Range{-180, 180},
			Meaning: Meaning{"longitude of the village's centre", "kinh độ trung tâm thôn"},
			Default: "the heaviest habitable hex",
			Aliases: []string{"center lon", "centre longitude", "kinh độ trung tâm"},
		},
		{
			Name: "centre_lat", Type: TypeNumber, Unit: "degrees", Range: &Range{-90, 90},
			Meaning: Meaning{"latitude of the village's centre", "vĩ độ trung tâm thôn"},
			Default: "the heaviest habitable hex",
			Aliases: []string{"center lat", "centre latitude", "vĩ độ trung tâm"},
		},
		{
			Name: "declared_status", Type: TypeEnum, Describes: true, Values: []string{"none", "weak", "served"},
			Meaning: Meaning{"signal as declared by commune or operator", "tình trạng sóng theo kê khai"},
			Aliases: []string{"tình trạng sóng", "hiện trạng sóng", "sóng di động", "sóng", "lõm sóng", "signal", "coverage", "tình trạng phủ sóng", "tình trạng"},
		},
		{
			Name: "declared_date", Type: TypeDate, Describes: true,
			Meaning: Meaning{"date of the declaration", "ngày kê khai"},
			Aliases: []string{"ngày kê khai", "ngày khảo sát", "survey date"},
		},
	},
}

var measurementSchema = Schema{
	Kind: Measurements,
	Meaning: Meaning{
		EN: "Drive tests: one row is one level of one sector at one place.",
		VI: "Đo kiểm (drive test): mỗi dòng là mức thu của một sector tại một vị trí.",
	},
	Geometry: "longitude and latitude, or a point",
	Columns: []Column{
		{
			Name: "id", Type: TypeText,
			Meaning: Meaning{"identifier of the measurement", "mã điểm đo"},
			Default: "row-000001 …", DefaultSource: sourceConvention,
			Aliases: []string{"measurement_id", "point_id", "mã điểm đo"},
		},
		{
			Name: "longitude", Type: TypeNumber, Unit: "degrees", Range: &Range{-180, 180}, Required: true,
			Meaning: Meaning{"longitude, WGS 84", "kinh độ WGS 84"},
			Aliases: []string{"lon", "lng", "long", "kinh độ", "gps longitude", "x", "easting"},
		},
		{
			Name: "latitude", Type: TypeNumber, Unit: "degrees", Range: &Range{-90, 90}, Required: true,
			Meaning: Meaning{"latitude, WGS 84", "vĩ độ WGS 84"},
			Aliases: []string{"lat", "vĩ độ", "gps latitude", "y", "northing"},
		},
		{
			Name: "level_dbm", Type: TypeNumber, Unit: "dBm", Range: &Range{-200, 0}, Required: true,
			Meaning: Meaning{"level of the technology's own quantity (RSRP, SS-RSRP, RSCP, RxLev); blank where the sector was looked for and not received", "mức thu (RSRP, SS-RSRP, RSCP, RxLev); để trống nếu không thu được"},
			Aliases: []string{"rsrp_dbm", "rsrp", "ss_rsrp", "rscp_dbm", "rscp", "rxlev_dbm", "rxlev", "level", "signal_dbm", "signal", "mức thu", "cường độ tín hiệu"},
		},
		{
			Name: "serving_id", Type: TypeText,
			Meaning: Meaning{"the sector received, by sector_id, or its site, by site_id, of the base stations", "mã sector (hoặc mã trạm) thu được, như trong tệp trạm gốc"},
			Default: "the strongest computed sector", DefaultSource: sourceConvention,
			Aliases: []string{"sector_id", "cell_id", "cellid", "rawcellid", "eci", "ci", "cell", "serving cell", "site_id", "mã cell", "mã sector"},
		},
		{
			Name: "operator", Type: TypeText,
			Meaning: Meaning{"mobile operator, read where no sector is named", "nhà mạng, dùng khi không ghi sector"},
			Aliases: []string{"nhà mạng", "network", "mno"},
		},
		{
			Name: "technology", Type: TypeText,
			Meaning: Meaning{"GSM, UMTS, LTE or NR", "GSM, UMTS, LTE hoặc NR"},
			Default: "LTE; of a named sector its own", DefaultSource: sourceConvention,
			Aliases: []string{"tech", "rat", "công nghệ", "radio"},
		},
		{
			Name: "frequency_mhz", Type: TypeNumber, Unit: "MHz", Range: &Range{30, 100000},
			Meaning: Meaning{"downlink carrier frequency", "tần số đường xuống"},
			Aliases: []string{"frequency", "freq", "freq mhz", "tần số"},
		},
		{
			Name: "earfcn", Type: TypeCount, Range: &Range{0, 3279165},
			Meaning: Meaning{"downlink channel number of the row's technology, where no frequency is given", "số kênh đường xuống, khi không ghi tần số"},
			Aliases: []string{"arfcn", "uarfcn", "nrarfcn", "channel", "dl earfcn"},
		},
		{
			Name: "time", Type: TypeDate,
			Meaning: Meaning{"when it was measured; the day counts", "thời điểm đo; chỉ dùng ngày"},
			Aliases: []string{"timestamp", "date", "datetime", "thời gian", "ngày đo"},
		},
		{
			Name: "route", Type: TypeText,
			Meaning: Meaning{"the drive it belongs to: rows of one are never parted between fitting and checking", "tuyến đo: các điểm cùng tuyến luôn đi cùng nhau khi khớp hoặc kiểm chứng"},
			Aliases: []string{"run", "drive", "drive_id", "route_id", "log", "logfile", "file", "tuyến", "tuyến đo"},
		},
	},
}

var areaSchema = Schema{
	Kind: Areas,
	Meaning: Meaning{
		EN: "Communes, or the province: polygons that do not overlap.",
		VI: "Xã, phường hoặc tỉnh: các vùng không chồng lên nhau.",
	},
	Geometry: "polygon or multipolygon",
	Columns: []Column{
		{
			Name: "code", Type: TypeText, Required: true,
			Meaning:       Meaning{"official code, kept as text (04, 01273)", "mã đơn vị hành chính"},
			DefaultSource: "without such a column ids row-000001 … are generated and reported",
			Aliases:       []string{"commune_code", "mã xã", "mã", "ma xa", "commune_id", "bfs", "id", "gso code", "iso", "plz", "mã đvhc", "mã đơn vị hành chính"},
		},
		{
			Name: "name", Type: TypeText, Required: true,
			Meaning: Meaning{"name", "tên"},
			Aliases: []string{"commune", "commune_vn", "commune name", "tên xã", "tên", "xã", "ten", "municipality"},
		},
		{
			Name: "population", Type: TypeCount, Describes: true, Unit: "people", Range: &Range{0, 1e10},
			Meaning: Meaning{"people", "dân số"},
			Aliases: []string{"pop", "people", "inhabitants", "dân số", "số dân", "số khẩu", "nhân khẩu"},
		},
		{
			Name: "households", Type: TypeCount, Describes: true, Unit: "households", Range: &Range{0, 1e10},
			Meaning: Meaning{"households", "số hộ"},
			Aliases: []string{"hh", "số hộ", "hộ"},
		},
	},
}
