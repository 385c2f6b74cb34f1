package output

import "slices"

// The network: what stands and, with the same columns, what a plan adds to it.

var position = []Column{
	{"longitude", degree, "degrees", Text{"Longitude", "Kinh độ"}, Text{"WGS 84", "WGS 84"}},
	{"latitude", degree, "degrees", Text{"Latitude", "Vĩ độ"}, Text{"WGS 84", "WGS 84"}},
	{"e_vn2000", Metres, "m", Text{"VN-2000 east", "VN-2000 đông (Y)"}, Text{"easting in a VN-2000 zone, to stake out: the one of `outputs.crs`, else of the inputs, else of the province; `crs_vn2000` of the plan and `coordinates` of run.json name it; none outside Vietnam", "tọa độ đông theo một múi VN-2000, để cắm mốc: múi của `outputs.crs`, nếu không thì của dữ liệu vào, nếu không thì của tỉnh; ghi ở `crs_vn2000` của phương án và `coordinates` trong run.json; trống nếu ngoài Việt Nam"}},
	{"n_vn2000", Metres, "m", Text{"VN-2000 north", "VN-2000 bắc (X)"}, Text{"northing in it", "tọa độ bắc theo múi đó"}},
}

var positionEstimated = Column{"position_estimated", yesNo, "", Text{"Position estimated", "Vị trí ước lượng"}, Text{"the position is an estimate from measurements, as OpenCelliD's are; not the operator's", "vị trí ước lượng từ số đo như của OpenCelliD, không phải của nhà mạng"}}

// Sites is the masts and rooftops of the input.
var Sites = Table{
	Name: "sites", Geometry: Points,
	Title: Text{"Base stations", "Trạm gốc"},
	About: Text{"A row for each mast or rooftop: rows of the input within `inputs.sites.join_m` are one.", "Mỗi dòng là một cột hoặc mái nhà: các dòng dữ liệu trong `inputs.sites.join_m` là một."},
	Columns: slices.Concat([]Column{
		{"site_id", word, "", Text{"Site", "Mã trạm"}, Text{"as in the input", "theo dữ liệu vào"}},
		{"name", word, "", Text{"Name", "Tên trạm"}, Text{"as in the input", "theo dữ liệu vào"}},
		{"other_ids", word, "", Text{"Other ids", "Mã khác"}, Text{"of rows joined into it, separated by blanks", "của các dòng được nhập chung, cách nhau bằng dấu cách"}},
	}, position, []Column{
		positionEstimated,
		{"ground_m", number(1), "m", Text{"Ground", "Cao độ mặt đất"}, Text{"above sea level, of the terrain", "so với mực nước biển, theo địa hình"}},
		{"owner", word, "", Text{"Owner", "Chủ sở hữu"}, Text{"as in the input", "theo dữ liệu vào"}},
		{"structure_type", word, "", Text{"Structure", "Loại cột"}, Text{"as in the input", "theo dữ liệu vào"}},
		{"structure_height_m", number(1), "m", Text{"Structure height", "Chiều cao cột"}, Text{"as in the input", "theo dữ liệu vào"}},
		{"power_source", word, "", Text{"Power source", "Nguồn điện"}, Text{"as in the input", "theo dữ liệu vào"}},
		{"backhaul", word, "", Text{"Backhaul", "Truyền dẫn"}, Text{"as in the input", "theo dữ liệu vào"}},
		{"operators", word, "", Text{"Operators", "Các nhà mạng"}, Text{"of its sectors, separated by commas", "của các sector, cách nhau bằng dấu phẩy"}},
		{"technologies", word, "", Text{"Technologies", "Các công nghệ"}, Text{"of its sectors, separated by blanks", "của các sector, cách nhau bằng dấu cách"}},
		{"sectors", count, "sectors", Text{"Sectors", "Số sector"}, Text{"all of them", "tất cả"}},
		{"computed", count, "sectors", Text{"Sectors computed", "Số sector tính toán"}, Text{"that count by the criterion, are on air and reach the areas", "được tiêu chí xét, đang phát và tới được các xã"}},
	}),
}

// Sectors is the radio cells of the input, with what the run assumed of them. Its
// columns are those of the input: it can be read as one.
var Sectors = Table{
	Name: "sectors", Geometry: Polygons,
	Title: Text{"Sectors", "Sector"},
	About: Text{
		"A row for each sector, completed with the defaults that `assumed` names; it can be read again as an input. As a layer, a wedge as wide as the beam, or a circle: 350 m long for GSM, 300 m UMTS, 250 m LTE, 200 m NR.",
		"Mỗi dòng là một sector, bổ sung giá trị mặc định nêu trong `assumed`; có thể đọc lại làm dữ liệu vào. Là lớp bản đồ thì là hình quạt rộng bằng búp sóng, hoặc hình tròn: dài 350 m với GSM, 300 m UMTS, 250 m LTE, 200 m NR.",
	},
	Columns: slices.Concat([]Column{
		{"sector_id", word, "", Text{"Sector", "Mã sector"}, Text{"as in the input, or made from the site's", "theo dữ liệu vào, hoặc tạo từ mã trạm"}},
		{"site_id", word, "", Text{"Site", "Mã trạm"}, Text{"on which it is", "của trạm"}},
	}, position, []Column{
		positionEstimated,
		{"operator", word, "", Text{"Operator", "Nhà mạng"}, Text{"mobile operator", "nhà mạng"}},
		{"technology", word, "", Text{"Technology", "Công nghệ"}, Text{"GSM, UMTS, LTE or NR", "GSM, UMTS, LTE hoặc NR"}},
		{"carrier", word, "", Text{"Carrier", "Sóng mang"}, Text{"as in the input", "theo dữ liệu vào"}},
		{"frequency_mhz", number(3), "MHz", Text{"Frequency", "Tần số"}, Text{"of the downlink carrier", "của sóng mang đường xuống"}},
		{"bandwidth_mhz", number(2), "MHz", Text{"Bandwidth", "Băng thông"}, Text{"of the channel", "độ rộng kênh"}},
		{"antenna_height_m", number(1), "m", Text{"Antenna height", "Độ cao ăng-ten"}, Text{"of the antenna's centre above ground", "tâm ăng-ten so với mặt đất"}},
		{"antenna_type", word, "", Text{"Antenna type", "Loại ăng-ten"}, Text{"sector or omni", "sector hoặc omni (vô hướng)"}},
		{"azimuth_deg", number(1), "degrees", Text{"Azimuth", "Góc phương vị"}, Text{"clockwise from true north; none for an omnidirectional antenna", "theo chiều kim đồng hồ từ hướng bắc; trống với ăng-ten vô hướng"}},
		{"mechanical_tilt_deg", number(1), "degrees", Text{"Mechanical tilt", "Góc cụp cơ"}, Text{"positive down", "dương là cúi xuống"}},
		{"electrical_tilt_deg", number(1), "degrees", Text{"Electrical tilt", "Góc cụp điện"}, Text{"positive down", "dương là cúi xuống"}},
		{"beamwidth_h_deg", number(1), "degrees", Text{"Horizontal beamwidth", "Búp sóng ngang"}, Text{"half-power", "−3 dB"}},
		{"beamwidth_v_deg", number(1), "degrees", Text{"Vertical beamwidth", "Búp sóng đứng"}, Text{"half-power", "−3 dB"}},
		{"gain_dbi", number(1), "dBi", Text{"Gain", "Độ lợi"}, Text{"of the antenna", "của ăng-ten"}},
		{"ports", count, "", Text{"Ports", "Số cổng"}, Text{"antenna ports", "số cổng ăng-ten"}},
		{"power_dbm", number(1), "dBm", Text{"Power", "Công suất"}, Text{"conducted, of one antenna port, whole carrier", "trên một cổng ăng-ten, toàn sóng mang"}},
		{"losses_db", number(1), "dB", Text{"Losses", "Suy hao"}, Text{"feeder, connectors, combiner", "phi-đơ và đầu nối"}},
		{"eirp_dbm", number(1), "dBm", Text{"EIRP", "EIRP"}, Text{"of the carrier from one port", "của sóng mang trên một cổng"}},
		{"antenna_file", word, "", Text{"Antenna file", "Tệp ăng-ten"}, Text{"pattern file (MSI)", "tệp giản đồ (MSI)"}},
		{"status", word, "", Text{"Status", "Trạng thái"}, Text{"on_air, planned or off_air", "on_air (đang phát), planned (dự kiến) hoặc off_air (đã tắt)"}},
		{"on_air_date", word, "", Text{"On air", "Ngày phát sóng"}, Text{"first day on air, or month or year, as known", "ngày đầu phát sóng, hoặc tháng, năm nếu chỉ biết vậy"}},
		{"off_air_date", word, "", Text{"Off air", "Ngày tắt sóng"}, Text{"first day off air, likewise", "ngày đầu tắt sóng, tương tự"}},
		{"assumed", word, "", Text{"Assumed", "Giá trị giả định"}, Text{"columns that stand at a default, separated by blanks", "các cột dùng giá trị mặc định, cách nhau bằng dấu cách"}},
		{"computed", yesNo, "", Text{"Computed", "Được tính toán"}, Text{"it counts by the criterion, is on air and reaches the areas", "được tiêu chí xét, đang phát và tới được các xã"}},
	}),
}
