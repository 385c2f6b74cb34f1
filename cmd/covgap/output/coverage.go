package output

import "slices"

// What is computed of hexes, villages and communes.

// Coverage is the signal in every hex.
var Coverage = Table{
	Name: "coverage", Files: []string{"coverage.geojson"}, Geometry: Polygons,
	Title: Text{"Coverage", "Phủ sóng"},
	About: Text{
		"A hexagon of the H3 grid each, over the areas and the villages. Levels are medians outdoors at the criterion's receiver.",
		"Mỗi dòng là một ô lục giác của lưới H3 trên các xã và thôn/xóm. Mức thu là trung vị ngoài trời tại máy thu của tiêu chí.",
	},
	Columns: []Column{
		{"hex_id", word, "", Text{"Hex", "Mã ô"}, Text{"H3 index", "chỉ số H3"}},
		{"quantity", word, "", Text{"Quantity", "Đại lượng"}, Text{"what `signal_dbm` measures: RSRP, SS-RSRP, RSCP or RxLev", "đại lượng của `signal_dbm`: RSRP, SS-RSRP, RSCP hoặc RxLev"}},
		{"signal_dbm", number(1), "dBm", Text{"Signal", "Mức thu"}, Text{"median level of the strongest sector; none where no sector reaches", "mức thu trung vị của sector mạnh nhất; trống nơi không sector nào tới"}},
		{"class", word, "", Text{"Class", "Phân loại"}, Text{"served, weak or none", "served (có sóng), weak (sóng yếu) hoặc none (trắng sóng)"}},
		{"operator", word, "", Text{"Operator", "Nhà mạng"}, Text{"of the layer that decides", "của lớp tín hiệu quyết định phân loại"}},
		{"technology", word, "", Text{"Technology", "Công nghệ"}, Text{"GSM, UMTS, LTE or NR", "GSM, UMTS, LTE hoặc NR"}},
		{"best_sector", word, "", Text{"Best sector", "Sector mạnh nhất"}, Text{"id of the strongest sector, as in the input or made from the site's", "mã sector mạnh nhất, theo dữ liệu vào hoặc tạo từ mã trạm"}},
		{"servers", count, "sectors", Text{"Servers", "Số sector thu được"}, Text{"of the layer, at or above the no-signal level", "của lớp, từ mức trắng sóng trở lên"}},
		{"second_dbm", number(1), "dBm", Text{"Second signal", "Mức thu thứ hai"}, Text{"level of the next strongest sector of the layer; none where there is none", "mức thu của sector mạnh thứ hai trong lớp; trống nếu không có"}},
		{"sinr_db", number(1), "dB", Text{"SINR", "SINR"}, Text{"LTE and NR: signal over interference of the layer's other sectors at `coverage.downlink.load` and noise; UMTS: Ec/Io of the pilot; none for GSM, whose frequency plan is not known", "LTE và NR: tín hiệu trên nhiễu của các sector khác trong lớp với tải `coverage.downlink.load` và tạp âm; UMTS: Ec/Io của kênh hoa tiêu; trống với GSM vì không biết quy hoạch tần số"}},
		{"downlink_mbps", number(1), "Mbit/s", Text{"Downlink", "Tốc độ tải xuống"}, Text{"of one phone alone on the LTE or NR carrier, one stream: 3GPP TR 36.942 annex A at that SINR; none for other technologies", "của một máy duy nhất trên sóng mang LTE hoặc NR, một luồng: 3GPP TR 36.942 phụ lục A tại SINR đó; trống với công nghệ khác"}},
		{"served_probability", number(3), "0 to 1", Text{"Served probability", "Xác suất có sóng"}, Text{"share of the hex's locations where the served level is reached", "tỷ lệ vị trí trong ô đạt mức có sóng"}},
		{"near", yesNo, "", Text{"Near mast", "Gần trạm"}, Text{"the mast is nearer than the model's least distance; the level is joined to free space", "trạm gần hơn khoảng cách tối thiểu của mô hình; mức thu nối với không gian tự do"}},
		{"azimuth_assumed", yesNo, "", Text{"Azimuth assumed", "Hướng giả định"}, Text{"the input does not say where the best sector points: `inputs.sites.blank_azimuth` decided", "dữ liệu vào không ghi hướng của sector mạnh nhất: theo `inputs.sites.blank_azimuth`"}},
	},
}

// causeColumns say why a village is a gap.
var causeColumns = []Column{
	{"cause", word, "", Text{"Cause", "Nguyên nhân"}, Text{"why it is a gap, see [causes](#causes); none where it is no gap", "vì sao là vùng lõm, xem [causes](#causes); trống nếu không phải"}},
	{"cause_share", number(2), "0 to 1", Text{"Cause share", "Tỷ lệ nguyên nhân"}, Text{"share of what is not served there that has this cause", "tỷ lệ phần chưa có sóng do nguyên nhân này"}},
	{"cause_site", word, "", Text{"Cause site", "Trạm liên quan"}, Text{"site of the sector that the cause speaks of", "trạm của sector được nói tới"}},
	{"cause_sector", word, "", Text{"Cause sector", "Sector liên quan"}, Text{"the sector", "sector đó"}},
	{"cause_km", number(2), "km", Text{"Cause distance", "Khoảng cách tới trạm"}, Text{"from it to the hex that stands for the cause", "từ đó tới ô đại diện"}},
	{"cause_azimuth_assumed", yesNo, "", Text{"Cause azimuth assumed", "Hướng sector giả định"}, Text{"the input does not say where it points: a cause `beam` then rests on an assumption", "dữ liệu vào không ghi hướng: nguyên nhân `beam` khi đó dựa trên giả định"}},
	{"missing_db", number(1), "dB", Text{"Missing", "Mức còn thiếu"}, Text{"by how much the strongest sector there falls short today; none where none reaches", "sector mạnh nhất hiện còn thiếu bao nhiêu; trống nếu không sector nào tới"}},
	{"cause_gain_db", number(1), "dB", Text{"Gain without cause", "Mức lợi nếu khắc phục"}, Text{"what would be won if the cause were gone", "mức tăng nếu không còn nguyên nhân"}},
	{"ridge_lon", degree, "degrees", Text{"Ridge longitude", "Kinh độ đỉnh chắn"}, Text{"behind terrain or trees: what reaches furthest into the first Fresnel zone", "khi khuất địa hình hoặc cây: điểm lấn sâu nhất vào vùng Fresnel thứ nhất"}},
	{"ridge_lat", degree, "degrees", Text{"Ridge latitude", "Vĩ độ đỉnh chắn"}, Text{"its latitude", "vĩ độ điểm đó"}},
	{"ridge_height_m", number(1), "m", Text{"Ridge height", "Độ cao đỉnh chắn"}, Text{"its top above sea level, trees included", "cao độ so với mực nước biển, kể cả cây"}},
	{"ridge_above_line_m", number(1), "m", Text{"Ridge above line", "Đỉnh chắn trên đường thẳng"}, Text{"its top above the straight line between the antennas; negative below it", "độ cao so với đường thẳng nối hai ăng-ten; âm nếu thấp hơn"}},
	{"ridge_fresnel_share", number(2), "0 to 1", Text{"Fresnel zone taken", "Tỷ lệ vùng Fresnel bị chắn"}, Text{"how much of the first Fresnel zone it takes; 0.5 when its top is on the line", "phần vùng Fresnel thứ nhất bị chắn; 0,5 khi đỉnh nằm trên đường thẳng"}},
}

// certaintyColumns say how sure a village's class is.
var certaintyColumns = []Column{
	{"certainty", word, "", Text{"Certainty", "Độ chắc chắn"}, Text{"surely_weak, uncertain or surely_served: see [robustness.md](robustness.md)", "surely_weak (chắc chắn yếu), uncertain (chưa chắc) hoặc surely_served (chắc chắn có sóng): xem [robustness.md](robustness.md)"}},
	{"weak_probability", number(3), "0 to 1", Text{"Weak probability", "Xác suất là vùng lõm"}, Text{"share of the draws in which it is a gap", "tỷ lệ lần thử mà thôn/xóm là vùng lõm"}},
	{"itm_agrees", yesNo, "", Text{"ITM agrees", "ITM đồng thuận"}, Text{"the model ITM leaves it on the same side of the criterion; none where the run's model is ITM", "mô hình ITM cho cùng kết luận; trống nếu mô hình của lần chạy là ITM"}},
}

// Villages is every village and its class.
var Villages = Table{
	Name: "villages", Files: []string{"villages.geojson"}, Geometry: MultiPolygons,
	Title: Text{"Villages", "Thôn/xóm"},
	About: Text{
		"Every village and its class. A village given as a point with a radius is a circle of 32 sides.",
		"Mọi thôn/xóm và phân loại. Thôn/xóm cho bằng điểm với bán kính được vẽ thành hình tròn 32 cạnh.",
	},
	Columns: slices.Concat([]Column{
		{"village_id", word, "", Text{"Village id", "Mã thôn/xóm"}, Text{"as in the input", "theo dữ liệu vào"}},
		{"name", word, "", Text{"Name", "Tên"}, Text{"as in the input", "theo dữ liệu vào"}},
		{"commune_code", word, "", Text{"Commune code", "Mã xã"}, Text{"as in the input, else of the commune that holds the centre", "theo dữ liệu vào, nếu không thì xã chứa điểm trung tâm"}},
		{"commune", word, "", Text{"Commune", "Xã/phường"}, Text{"its name", "tên xã"}},
		{"class", word, "", Text{"Class", "Phân loại"}, Text{"computed: served, weak, none or not_counted", "tính toán: served (có sóng), weak (sóng yếu), none (trắng sóng) hoặc not_counted (không xét)"}},
		{"declared_status", word, "", Text{"Declared", "Kê khai"}, Text{"what the input declares: served, weak or none", "tình trạng kê khai: served, weak hoặc none"}},
		{"target", yesNo, "", Text{"Target", "Đối tượng"}, Text{"the plan is for it (`plan.targets`)", "là đối tượng của phương án (`plan.targets`)"}},
		{"served_share", number(3), "0 to 1", Text{"Served share", "Tỷ lệ có sóng"}, Text{"share of its people, households or habitable area that is served; by rule `centre` 0 or 1", "tỷ lệ dân số, hộ hoặc diện tích có thể ở được phủ sóng; theo quy tắc `centre` là 0 hoặc 1"}},
		{"signal_share", number(3), "0 to 1", Text{"Signal share", "Tỷ lệ có tín hiệu"}, Text{"the same at or above the no-signal level", "như trên, từ mức trắng sóng trở lên"}},
		{"margin_db", number(1), "dB", Text{"Margin", "Độ dự trữ"}, Text{"how far every level could fall with the village still served; below 0, how far they would have to rise; none where no signal that counts reaches", "mọi mức thu có thể giảm bao nhiêu mà vẫn có sóng; dưới 0 là phải tăng bao nhiêu; trống nơi không có tín hiệu được xét"}},
		{"population", number(1), "people", Text{"Population", "Dân số"}, Text{"as in the input, else estimated", "theo dữ liệu vào, nếu không thì ước tính"}},
		{"population_estimated", yesNo, "", Text{"Population estimated", "Dân số ước tính"}, Text{"the input states none: its part of the commune's, or a median", "dữ liệu vào không có: phần của xã, hoặc trung vị"}},
		{"households", number(1), "households", Text{"Households", "Số hộ"}, Text{"as in the input", "theo dữ liệu vào"}},
		{"people_unserved", number(1), "people", Text{"People unserved", "Dân số chưa có sóng"}, Text{"population times the share not served", "dân số nhân tỷ lệ chưa có sóng"}},
		{"grid_power", yesNo, "", Text{"Grid power", "Điện lưới"}, Text{"as in the input", "theo dữ liệu vào"}},
		{"fund_eligible", yesNo, "", Text{"Fund eligible", "Thuộc diện quỹ hỗ trợ"}, Text{"as in the input", "theo dữ liệu vào"}},
		{"centre_signal_dbm", number(1), "dBm", Text{"Signal at centre", "Mức thu tại trung tâm"}, Text{"level at the centre alone; the class may differ from what it suggests", "mức thu chỉ tại điểm trung tâm; phân loại có thể khác"}},
		{"technology", word, "", Text{"Technology", "Công nghệ"}, Text{"of that level", "của mức thu đó"}},
		{"operator", word, "", Text{"Operator", "Nhà mạng"}, Text{"of that level", "của mức thu đó"}},
		{"best_sector", word, "", Text{"Best sector", "Sector mạnh nhất"}, Text{"of that level; often not of the nearest site", "của mức thu đó; thường không thuộc trạm gần nhất"}},
		{"azimuth_assumed", yesNo, "", Text{"Azimuth assumed", "Hướng giả định"}, Text{"the input does not say where that sector points", "dữ liệu vào không ghi hướng của sector đó"}},
		{"hexes", count, "hexes", Text{"Hexes", "Số ô"}, Text{"over which its people are spread", "số ô mà dân cư được phân bố"}},
		{"weight_rule", word, "", Text{"Weight rule", "Quy tắc phân bố"}, Text{"how: `people` (as `inputs.population` has them), `built_up` (as `inputs.land_cover` is), `gentle_and_low` (gentle slopes in the lower half of its relief) or `all` (no such hex)", "cách phân bố: `people` (theo `inputs.population`), `built_up` (theo `inputs.land_cover`), `gentle_and_low` (dốc thoải ở nửa thấp của địa hình) hoặc `all` (không có ô như vậy)"}},
		{"centre_lon", degree, "degrees", Text{"Centre longitude", "Kinh độ trung tâm"}, Text{"its centre: stated, else the middle of a hex", "điểm trung tâm: theo dữ liệu vào, nếu không thì tâm một ô"}},
		{"centre_lat", degree, "degrees", Text{"Centre latitude", "Vĩ độ trung tâm"}, Text{"its latitude", "vĩ độ điểm đó"}},
	}, causeColumns, certaintyColumns),
}

// Gaps is the villages that miss the criterion, ranked.
var Gaps = Table{
	Name: "gaps", Files: []string{"gaps.csv"}, Geometry: Points,
	Title: Text{"Signal gaps", "Vùng lõm sóng"},
	About: Text{
		"A row for each gap, the most people without service first; a village without population counts with its share of one. As a layer, points at the villages' centres.",
		"Mỗi dòng là một vùng lõm, nhiều người chưa có sóng xếp trước; thôn/xóm không có dân số được tính theo tỷ lệ của một. Là lớp bản đồ thì là điểm trung tâm.",
	},
	Columns: slices.Concat([]Column{
		{"rank", count, "", Text{"Rank", "Thứ tự"}, Text{"from 1", "từ 1"}},
	}, pick(Villages.Columns, "village_id", "name", "commune_code", "commune", "class", "declared_status", "target", "population", "population_estimated", "households",
		"people_unserved", "served_share", "signal_share", "margin_db", "grid_power", "fund_eligible", "centre_signal_dbm", "technology", "operator", "best_sector", "azimuth_assumed"),
		[]Column{
			{"nearest_site", word, "", Text{"Nearest site", "Trạm gần nhất"}, Text{"id of the nearest site of any technology, counted by the criterion or not; `covgap profile NEAREST_SITE VILLAGE_ID` shows what stands between", "mã trạm gần nhất với công nghệ bất kỳ, dù tiêu chí có xét hay không; `covgap profile NEAREST_SITE VILLAGE_ID` cho thấy giữa hai điểm có gì"}},
			{"nearest_site_km", number(2), "km", Text{"Nearest site distance", "Khoảng cách trạm gần nhất"}, Text{"from the centre to it", "từ trung tâm tới trạm"}},
			{"nearest_site_technologies", word, "", Text{"Nearest site technologies", "Công nghệ trạm gần nhất"}, Text{"what it has, separated by blanks; without one that counts, an upgrade may do", "các công nghệ của trạm, cách nhau bằng dấu cách; nếu thiếu công nghệ được xét, có thể chỉ cần nâng cấp"}},
		}, pick(Villages.Columns, "centre_lon", "centre_lat"), causeColumns, certaintyColumns),
}

// Communes is the tally of each commune.
var Communes = Table{
	Name: "communes", Files: []string{"communes.csv"}, Geometry: MultiPolygons,
	Title: Text{"Communes", "Xã/phường"},
	About: Text{"A row for each commune: its villages by class, its people, declared against computed. As a layer, with its area.", "Mỗi dòng là một xã/phường: thôn/xóm theo phân loại, dân số, kê khai so với tính toán. Là lớp bản đồ thì có ranh giới."},
	Columns: []Column{
		{"commune_code", word, "", Text{"Commune code", "Mã xã"}, Text{"of the areas file; empty for villages in none", "theo tệp địa bàn; trống với thôn/xóm không thuộc xã nào"}},
		{"commune", word, "", Text{"Commune", "Xã/phường"}, Text{"its name", "tên xã"}},
		{"villages", count, "villages", Text{"Villages", "Số thôn/xóm"}, Text{"all", "tất cả"}},
		{"served", count, "villages", Text{"Served", "Có sóng"}, Text{"of class served", "phân loại có sóng"}},
		{"weak", count, "villages", Text{"Weak", "Sóng yếu"}, Text{"of class weak", "phân loại sóng yếu"}},
		{"none", count, "villages", Text{"No signal", "Trắng sóng"}, Text{"of class none", "phân loại trắng sóng"}},
		{"not_counted", count, "villages", Text{"Not counted", "Không xét"}, Text{"below the least number of households", "dưới số hộ tối thiểu"}},
		{"people", number(1), "people", Text{"People", "Dân số"}, Text{"of all villages", "của mọi thôn/xóm"}},
		{"people_unserved", number(1), "people", Text{"People unserved", "Dân số chưa có sóng"}, Text{"not served, wherever they live", "chưa có sóng, bất kể ở đâu"}},
		{"people_in_gaps", number(1), "people", Text{"People in gaps", "Dân số vùng lõm"}, Text{"of the villages that are gaps", "của các thôn/xóm vùng lõm"}},
		{"declared_and_computed", count, "villages", Text{"Declared and computed", "Kê khai và tính toán"}, Text{"a gap by declaration and by computation", "vùng lõm theo cả kê khai và tính toán"}},
		{"declared_only", count, "villages", Text{"Declared only", "Chỉ kê khai"}, Text{"declared weak or none, computed served: measure there first", "kê khai yếu hoặc trắng, tính toán có sóng: nên đo kiểm trước"}},
		{"computed_only", count, "villages", Text{"Computed only", "Chỉ tính toán"}, Text{"declared served, computed weak or none", "kê khai có sóng, tính toán yếu hoặc trắng"}},
		{"neither", count, "villages", Text{"Neither", "Cả hai đều có sóng"}, Text{"served by both", "có sóng theo cả hai"}},
		{"not_declared", count, "villages", Text{"Not declared", "Không kê khai"}, Text{"no status declared", "không có kê khai"}},
		{"gaps_minus_6_db", count, "villages", Text{"Gaps at −6 dB", "Vùng lõm nếu −6 dB"}, Text{"weak or none, were every level 6 dB lower", "yếu hoặc trắng nếu mọi mức thu thấp hơn 6 dB"}},
		{"gaps_minus_3_db", count, "villages", Text{"Gaps at −3 dB", "Vùng lõm nếu −3 dB"}, Text{"3 dB lower", "thấp hơn 3 dB"}},
		{"gaps_plus_3_db", count, "villages", Text{"Gaps at +3 dB", "Vùng lõm nếu +3 dB"}, Text{"3 dB higher", "cao hơn 3 dB"}},
		{"gaps_plus_6_db", count, "villages", Text{"Gaps at +6 dB", "Vùng lõm nếu +6 dB"}, Text{"6 dB higher", "cao hơn 6 dB"}},
	},
}

// Measurements is what would be worth measuring.
var Measurements = Table{
	Name: "measurements", Files: []string{"measurements.csv"}, Geometry: Points,
	Title: Text{"Worth measuring", "Cần đo kiểm"},
	About: Text{"What would be worth measuring, most first: [robustness.md](robustness.md).", "Những nơi đáng đo kiểm, quan trọng nhất xếp trước: [robustness.md](robustness.md)."},
	Columns: []Column{
		{"rank", count, "", Text{"Rank", "Thứ tự"}, Text{"from 1", "từ 1"}},
		{"measure", word, "", Text{"Measure", "Loại đo"}, Text{"target (today's signal in a village that the plan is for), served (today's signal in one that counts as served), planned_mast (a test transmitter where a mast is planned)", "target (tín hiệu hiện nay tại thôn/xóm đối tượng), served (tại nơi được tính là có sóng), planned_mast (phát thử tại vị trí trạm dự kiến)"}},
		{"village_id", word, "", Text{"Village id", "Mã thôn/xóm"}, Text{"where to measure", "nơi đo"}},
		{"name", word, "", Text{"Name", "Tên"}, Text{"its name", "tên thôn/xóm"}},
		{"commune_code", word, "", Text{"Commune code", "Mã xã"}, Text{"as in villages.geojson", "như trong villages.geojson"}},
		{"commune", word, "", Text{"Commune", "Xã/phường"}, Text{"its name", "tên xã"}},
		{"longitude", degree, "degrees", Text{"Longitude", "Kinh độ"}, Text{"its centre", "điểm trung tâm"}},
		{"latitude", degree, "degrees", Text{"Latitude", "Vĩ độ"}, Text{"its latitude", "vĩ độ điểm đó"}},
		{"class", word, "", Text{"Class", "Phân loại"}, Text{"as computed", "theo tính toán"}},
		{"weak_probability", number(3), "0 to 1", Text{"Weak probability", "Xác suất là vùng lõm"}, Text{"as in villages.geojson", "như trong villages.geojson"}},
		{"site_id", word, "", Text{"Site", "Trạm"}, Text{"the site to listen to: the one that comes nearest to serving it, or of the plan; empty when none is heard", "trạm cần thu: trạm gần đạt nhất, hoặc của phương án; trống nếu không thu được trạm nào"}},
		{"probability", number(3), "0 to 1", Text{"Probability", "Xác suất"}, Text{"that the measurement speaks against what the plan takes for true", "kết quả đo trái với giả định của phương án"}},
		{"change", number(2), "currency", Text{"Change", "Thay đổi"}, Text{"cost of what would then leave the plan, or come into it where that is more", "chi phí của phần sẽ ra khỏi phương án, hoặc thêm vào nếu lớn hơn"}},
		{"value", number(2), "currency", Text{"Value", "Giá trị"}, Text{"`probability` times `change`: what the rank goes by", "`probability` nhân `change`: căn cứ xếp thứ tự"}},
		{"currency", word, "", Text{"Currency", "Tiền tệ"}, Text{"of the plan", "của phương án"}},
		{"estimated", yesNo, "", Text{"Estimated", "Ước tính"}, Text{"`change` is the plan's mean cost of a village, as no candidates were looked for", "`change` là chi phí bình quân một thôn/xóm vì không tìm vị trí ứng viên"}},
		{"actions", word, "", Text{"Actions", "Hạng mục"}, Text{"site ids of the plan that would leave it", "mã trạm sẽ ra khỏi phương án"}},
		{"reason", word, "", Text{"Reason", "Lý do"}, Text{"in words", "bằng lời"}},
	},
}

// Compare is each village of one date beside its past.
var Compare = Table{
	Name: "compare", Files: []string{"compare.csv", "compare.geojson"}, Geometry: MultiPolygons,
	Title: Text{"Comparison", "So sánh"},
	About: Text{
		"What `covgap compare -o FOLDER` writes: a row for each village of the later side, then those that vanished; in compare.geojson with its outline (a vanished one with that of the earlier side). compare.json holds the counts of both sides, what became of each gap and where each comes from, the tally of each commune, and what `--force` overlooked.",
		"Do `covgap compare -o FOLDER` ghi: mỗi dòng là một thôn/xóm của bên sau, rồi các thôn/xóm đã mất; compare.geojson có ranh giới.",
	},
	Columns: []Column{
		{"village_id", word, "", Text{"Village id", "Mã thôn/xóm"}, Text{"of the later side; empty for one that vanished", "của bên sau; trống nếu đã mất"}},
		{"old_ids", word, "", Text{"Old ids", "Mã cũ"}, Text{"of the earlier side, separated by blanks; empty for a new village", "của bên trước, cách nhau bằng dấu cách; trống nếu mới"}},
		{"name", word, "", Text{"Name", "Tên"}, Text{"as in the input", "theo dữ liệu vào"}},
		{"commune_code", word, "", Text{"Commune code", "Mã xã"}, Text{"as in villages.geojson", "như trong villages.geojson"}},
		{"commune", word, "", Text{"Commune", "Xã/phường"}, Text{"its name", "tên xã"}},
		{"relation", word, "", Text{"Relation", "Quan hệ"}, Text{"same, split (one part of several), merged (of several), regrouped (both), new or vanished", "same (giữ nguyên), split (tách), merged (nhập), regrouped (cả hai), new (mới) hoặc vanished (mất)"}},
		{"change", word, "", Text{"Change", "Biến động"}, Text{"became_served, remains, better (none to weak), worse (weak to none), new_gap, new_village, vanished, stays_served; not_compared where a side does not count it", "became_served (đã có sóng), remains (vẫn lõm), better (trắng thành yếu), worse (yếu thành trắng), new_gap, new_village, vanished, stays_served; not_compared nếu một bên không xét"}},
		{"class_before", word, "", Text{"Class before", "Phân loại trước"}, Text{"of several villages the worst", "của nhiều thôn/xóm thì lấy xấu nhất"}},
		{"class_after", word, "", Text{"Class after", "Phân loại sau"}, Text{"of the later side", "của bên sau"}},
		{"served_share_before", number(3), "0 to 1", Text{"Served share before", "Tỷ lệ có sóng trước"}, Text{"empty for villages merged of several", "trống nếu nhập từ nhiều thôn/xóm"}},
		{"served_share_after", number(3), "0 to 1", Text{"Served share after", "Tỷ lệ có sóng sau"}, Text{"of the later side", "của bên sau"}},
		{"people_unserved_before", number(1), "people", Text{"People unserved before", "Dân số chưa có sóng trước"}, Text{"empty where a village was split, as it is not known whose people went where", "trống nếu tách thôn/xóm, vì không biết dân chuyển về đâu"}},
		{"people_unserved_after", number(1), "people", Text{"People unserved after", "Dân số chưa có sóng sau"}, Text{"of the later side", "của bên sau"}},
		{"population", number(1), "people", Text{"Population", "Dân số"}, Text{"of the later side", "của bên sau"}},
		{"grid_power", yesNo, "", Text{"Grid power", "Điện lưới"}, Text{"as in the input", "theo dữ liệu vào"}},
	},
}

// Evaluate is how near proposals come to sites that were hidden.
var Evaluate = Table{
	Name: "evaluate", Files: []string{"evaluate.csv"}, Geometry: NoGeometry,
	Title: Text{"Evaluation", "Đánh giá"},
	About: Text{
		"What `covgap evaluate -o FOLDER` writes: a row for each site hidden in each trial. evaluate.json holds the means with their intervals. [evaluation.md](evaluation.md) says how to read them.",
		"Do `covgap evaluate -o FOLDER` ghi: mỗi dòng là một trạm bị ẩn trong một lần thử. evaluate.json có trung bình và khoảng tin cậy. Xem [evaluation.md](evaluation.md).",
	},
	Columns: []Column{
		{"trial", count, "", Text{"Trial", "Lần thử"}, Text{"from 1", "từ 1"}},
		{"site_id", word, "", Text{"Site", "Trạm"}, Text{"hidden in it", "bị ẩn"}},
		{"longitude", degree, "degrees", Text{"Longitude", "Kinh độ"}, Text{"where it stands", "vị trí trạm"}},
		{"latitude", degree, "degrees", Text{"Latitude", "Vĩ độ"}, Text{"its latitude", "vĩ độ trạm"}},
		{"floor_km", number(3), "km", Text{"Floor", "Tối thiểu"}, Text{"from it to the nearest place where a mast could be proposed", "tới nơi gần nhất có thể đề xuất trạm"}},
		{"plan_km", number(3), "km", Text{"Plan distance", "Cách phương án"}, Text{"to the nearest mast of the plan; empty when it has none", "tới trạm gần nhất của phương án; trống nếu không có"}},
		{"furthest_km", number(3), "km", Text{"Furthest distance", "Cách nơi xa nhất"}, Text{"to the nearest of the settled places furthest from masts", "tới nơi gần nhất trong các nơi có dân xa trạm nhất"}},
		{"most_unserved_km", number(3), "km", Text{"Most unserved distance", "Cách nơi đông nhất"}, Text{"to the nearest of the places with most unserved people", "tới nơi gần nhất trong các nơi đông dân chưa có sóng nhất"}},
		{"people_lost", number(1), "people", Text{"People lost", "Dân số mất sóng"}, Text{"of the whole trial: who lost their signal", "cả lần thử: số người mất sóng"}},
		{"plan_people", number(1), "people", Text{"Plan people", "Phương án phục vụ"}, Text{"of them, served by the plan", "trong đó phương án phục vụ"}},
		{"furthest_people", number(1), "people", Text{"Furthest people", "Nơi xa nhất phục vụ"}, Text{"by masts at the settled places furthest from masts", "bởi trạm đặt nơi có dân xa trạm nhất"}},
		{"most_unserved_people", number(1), "people", Text{"Most unserved people", "Nơi đông nhất phục vụ"}, Text{"by masts at the places with most unserved people", "bởi trạm đặt nơi đông dân chưa có sóng nhất"}},
		{"hidden_people", number(1), "people", Text{"Hidden people", "Trạm bị ẩn phục vụ"}, Text{"by masts of the project's templates where the hidden sites stand", "bởi trạm theo mẫu của dự án tại vị trí trạm bị ẩn"}},
	},
}

// Calibration is every measurement that a calibration used.
var Calibration = Table{
	Name: "calibration", Files: []string{"calibration.csv"}, Geometry: NoGeometry,
	Title: Text{"Calibration", "Hiệu chỉnh"},
	About: Text{
		"What `covgap calibrate` writes: a row for each measurement that was used. calibration.json holds the figures. [calibration.md](calibration.md) says how to read them.",
		"Do `covgap calibrate` ghi: mỗi dòng là một phép đo đã dùng. calibration.json có các con số. Xem [calibration.md](calibration.md).",
	},
	Columns: []Column{
		{"id", word, "", Text{"Measurement", "Mã phép đo"}, Text{"as in the input", "theo dữ liệu vào"}},
		{"line", count, "", Text{"Line", "Dòng"}, Text{"in the file, from 1", "trong tệp, từ 1"}},
		{"longitude", degree, "degrees", Text{"Longitude", "Kinh độ"}, Text{"where it was measured", "nơi đo"}},
		{"latitude", degree, "degrees", Text{"Latitude", "Vĩ độ"}, Text{"its latitude", "vĩ độ nơi đo"}},
		{"route", word, "", Text{"Route", "Tuyến đo"}, Text{"as in the input", "theo dữ liệu vào"}},
		{"site_id", word, "", Text{"Site", "Mã trạm"}, Text{"of the sector it is taken to be of", "của sector được cho là nguồn"}},
		{"sector_id", word, "", Text{"Sector", "Mã sector"}, Text{"the sector", "sector đó"}},
		{"matched_by", word, "", Text{"Matched by", "Khớp theo"}, Text{"how the sector was found", "cách tìm ra sector"}},
		{"technology", word, "", Text{"Technology", "Công nghệ"}, Text{"GSM, UMTS, LTE or NR", "GSM, UMTS, LTE hoặc NR"}},
		{"frequency_mhz", number(1), "MHz", Text{"Frequency", "Tần số"}, Text{"of the carrier", "của sóng mang"}},
		{"distance_km", number(3), "km", Text{"Distance", "Khoảng cách"}, Text{"from the mast", "từ trạm"}},
		{"azimuth_deg", number(1), "degrees", Text{"Azimuth", "Hướng"}, Text{"from the mast", "nhìn từ trạm"}},
		{"class", word, "", Text{"Class of path", "Loại đường truyền"}, Text{"of the path and band, which are fitted apart", "theo đường truyền và băng tần, được hiệu chỉnh riêng"}},
		{"level_dbm", number(1), "dBm", Text{"Level", "Mức đo"}, Text{"measured; where it was missing, the receiver's floor", "mức đo được; nếu không thu được thì ngưỡng máy thu"}},
		{"censored", yesNo, "", Text{"Censored", "Không thu được"}, Text{"the level was missing: it lies below `level_dbm`", "không thu được: mức thật thấp hơn `level_dbm`"}},
		{"model_dbm", number(2), "dBm", Text{"Model level", "Mức mô hình"}, Text{"of the model alone", "của riêng mô hình"}},
		{"held_out_dbm", number(2), "dBm", Text{"Held-out level", "Mức kiểm chứng"}, Text{"of the calibration fitted without its fold", "của hiệu chỉnh không dùng nhóm này"}},
		{"model_error_db", number(2), "dB", Text{"Model error", "Sai số mô hình"}, Text{"measured loss less the model's; none where censored", "suy hao đo trừ mô hình; trống nếu không thu được"}},
		{"held_out_error_db", number(2), "dB", Text{"Held-out error", "Sai số kiểm chứng"}, Text{"the same of the held-out level", "như trên, của mức kiểm chứng"}},
		{"fold", count, "", Text{"Fold", "Nhóm"}, Text{"with which it was held out, from 1", "nhóm được giữ lại khi kiểm chứng, từ 1"}},
	},
}
