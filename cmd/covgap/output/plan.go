package output

import "slices"

// What a plan says.

// Plan is what to build, ranked.
var Plan = Table{
	Name: "plan", Files: []string{"plan.geojson", "plan.csv"}, Geometry: Points,
	Title: Text{"Plan", "Phương án"},
	About: Text{
		"An action each, in the order to build: each has the most value for its cost after those before it. In plan.geojson the action with the most values stands first, so that programs that look at one feature see every type, and `rank` says the order.",
		"Mỗi dòng là một hạng mục theo thứ tự xây dựng: giá trị lớn nhất so với chi phí sau các hạng mục trước. Trong plan.geojson hạng mục đủ giá trị nhất đứng đầu; `rank` cho biết thứ tự.",
	},
	Columns: slices.Concat([]Column{
		{"rank", count, "", Text{"Rank", "Thứ tự"}, Text{"from 1", "từ 1"}},
		{"action", word, "", Text{"Action", "Loại hạng mục"}, Text{"new_site, remote_sector (on the baseband of another site), repeater, add_sector, add_band or raise (at a mast that stands)", "new_site (trạm mới), remote_sector (sector kéo xa từ trạm khác), repeater (trạm lặp), add_sector (bổ sung sector), add_band (bổ sung băng tần) hoặc raise (nâng độ cao ăng-ten)"}},
		{"template", word, "", Text{"Template", "Mẫu trạm"}, Text{"of `plan.templates` in covgap.yaml; empty for a raise", "trong `plan.templates` của covgap.yaml; trống với raise"}},
		{"site_id", word, "", Text{"Site", "Mã trạm"}, Text{"of the new site, such as NEW-001, else of the mast that stands", "của trạm mới, ví dụ NEW-001, nếu không thì trạm hiện có"}},
		{"parent_site", word, "", Text{"Parent site", "Trạm mẹ"}, Text{"whose baseband a remote sector uses, or whose sector a repeater repeats; it must stay", "trạm cấp băng gốc cho sector kéo xa, hoặc trạm được lặp lại; phải giữ lại"}},
		{"sector_id", word, "", Text{"Sectors", "Các sector"}, Text{"sectors that stand and that it is about, separated by blanks: those that a raise brings up, the one that a repeater repeats", "các sector hiện có liên quan, cách nhau bằng dấu cách: các sector được nâng, hoặc sector được lặp lại"}},
		{"commune_code", word, "", Text{"Commune code", "Mã xã"}, Text{"where the mast stands", "nơi đặt cột"}},
		{"commune", word, "", Text{"Commune", "Xã/phường"}, Text{"its name", "tên xã"}},
	}, position, []Column{
		{"ground_m", number(1), "m", Text{"Ground", "Cao độ mặt đất"}, Text{"above sea level", "so với mực nước biển"}},
		{"structure_height_m", number(1), "m", Text{"Structure height", "Chiều cao cột"}, Text{"of the new mast", "của cột mới"}},
		{"antenna_height_m", number(1), "m", Text{"Antenna height", "Độ cao ăng-ten"}, Text{"above ground", "so với mặt đất"}},
		{"operator", word, "", Text{"Operator", "Nhà mạng"}, Text{"who builds; `shared` serves for all", "đơn vị xây dựng; `shared` là dùng chung"}},
		{"technology", word, "", Text{"Technology", "Công nghệ"}, Text{"GSM, UMTS, LTE or NR", "GSM, UMTS, LTE hoặc NR"}},
		{"frequency_mhz", number(3), "MHz", Text{"Frequency", "Tần số"}, Text{"of the carrier", "của sóng mang"}},
		{"azimuth_deg", word, "degrees", Text{"Azimuths", "Các góc phương vị"}, Text{"of each sector, clockwise from true north, separated by blanks", "của từng sector, theo chiều kim đồng hồ từ hướng bắc, cách nhau bằng dấu cách"}},
		{"tilt_deg", number(1), "degrees", Text{"Tilt", "Góc cụp"}, Text{"mechanical and electrical together, positive down, of all sectors", "tổng cơ và điện, dương là cúi xuống, của mọi sector"}},
		{"eirp_dbm", number(1), "dBm", Text{"EIRP", "EIRP"}, Text{"of the carrier from one port", "của sóng mang trên một cổng"}},
		{"power", word, "", Text{"Power supply", "Nguồn điện"}, Text{"of a new mast: grid, grid_year (in the year in which the village gets it), solar or hybrid (with a diesel generator)", "của cột mới: grid (điện lưới), grid_year (khi thôn/xóm có điện), solar (mặt trời) hoặc hybrid (kèm máy phát điện)"}},
		{"backhaul", word, "", Text{"Backhaul", "Truyền dẫn"}, Text{"of a new mast: fibre, microwave or satellite", "của cột mới: fibre (cáp quang), microwave (viba) hoặc satellite (vệ tinh)"}},
		{"backhaul_site", word, "", Text{"Backhaul to", "Truyền dẫn tới"}, Text{"to which it leads: a site, a relay (table `relays`), or a fibre line", "nơi truyền dẫn tới: trạm, trạm chuyển tiếp (bảng `relays`), hoặc tuyến cáp"}},
		{"hop_km", number(2), "km", Text{"Hop", "Chiều dài chặng"}, Text{"of the microwave hop, or of fibre to be laid", "của chặng viba, hoặc cáp cần kéo"}},
		{"hop_azimuth_deg", number(1), "degrees", Text{"Hop azimuth", "Hướng chặng"}, Text{"of the microwave hop from the mast", "của chặng viba nhìn từ cột"}},
		{"cost", number(2), "currency", Text{"Cost", "Chi phí"}, Text{"investment, with the relays that it is the first to need", "đầu tư, kể cả trạm chuyển tiếp mà hạng mục này cần đầu tiên"}},
		{"currency", word, "", Text{"Currency", "Tiền tệ"}, Text{"of the cost table", "của bảng chi phí"}},
		{"villages", count, "villages", Text{"Villages", "Số thôn/xóm"}, Text{"that meet the criterion with this action and those before it", "đạt tiêu chí nhờ hạng mục này và các hạng mục trước"}},
		{"village_ids", word, "", Text{"Village ids", "Mã thôn/xóm"}, Text{"their ids, separated by blanks", "cách nhau bằng dấu cách"}},
		{"people_new", number(1), "people", Text{"People newly served", "Dân số có sóng mới"}, Text{"newly served; none when no population is known", "mới có sóng; trống nếu không biết dân số"}},
		{"people_cumulative", number(1), "people", Text{"People, cumulative", "Dân số lũy kế"}, Text{"with all actions up to this one", "với mọi hạng mục tới hạng mục này"}},
		{"villages_cumulative", count, "villages", Text{"Villages, cumulative", "Thôn/xóm lũy kế"}, Text{"with all actions up to this one", "với mọi hạng mục tới hạng mục này"}},
		{"cost_per_person", number(2), "currency", Text{"Cost per person", "Chi phí một người"}, Text{"cost over `people_new`; none when that is none", "chi phí chia `people_new`; trống nếu không có"}},
		{"replacement_cost", number(2), "currency", Text{"Replacement cost", "Chi phí thay thế"}, Text{"what the cheapest that was found costs more that brings the same villages to the criterion without this place, all else staying: judged by the exact path, each site connected by itself; none when nothing was found, negative when something cheaper or nothing does", "chi phí tăng thêm của cách rẻ nhất tìm được để các thôn/xóm đó đạt tiêu chí mà không dùng vị trí này: kiểm bằng tuyến chính xác, mỗi trạm có truyền dẫn riêng; trống nếu không tìm được, âm nếu có cách rẻ hơn hoặc không cần gì"}},
		{"year", count, "", Text{"Year", "Năm"}, Text{"in which the budgets of `plan.constraints.years` allow it", "năm mà ngân sách `plan.constraints.years` cho phép"}},
		{"fund", word, "", Text{"Fund", "Nguồn vốn"}, Text{"of `plan.constraints.funds` that pays; several joined by +", "trong `plan.constraints.funds`; nhiều nguồn nối bằng +"}},
		{"selection_frequency", number(2), "0 to 1", Text{"Selection frequency", "Tần suất được chọn"}, Text{"how often it is chosen again under disturbed levels and costs: see [robustness.md](robustness.md)", "tần suất được chọn lại khi mức thu và chi phí thay đổi: xem [robustness.md](robustness.md)"}},
		{"selection_frequency_near", number(2), "0 to 1", Text{"Selection frequency nearby", "Tần suất chọn lân cận"}, Text{"how often it, or another place within 1 km", "như trên, hoặc nơi khác trong vòng 1 km"}},
		{"crs_vn2000", word, "", Text{"VN-2000 zone", "Múi VN-2000"}, Text{"EPSG code of the zone of `e_vn2000` and `n_vn2000`; empty outside Vietnam", "mã EPSG của múi chiếu dùng cho `e_vn2000` và `n_vn2000`; trống nếu ngoài Việt Nam"}},
	}),
}

// PlanSectors is the antennas that a plan puts up.
var PlanSectors = Table{
	Name: "plan_sectors", Geometry: Polygons,
	Title: Text{"Planned sectors", "Sector đề xuất"},
	About: Text{
		"A row for each sector that the plan adds or changes, for a planning tool. A shared mast has one for each operator in each direction: a transmitter each, on the one antenna and radio of that direction that its price holds (shared RAN). As a layer, wedges as of `sectors`.",
		"Mỗi dòng là một sector mà phương án thêm hoặc thay đổi, để đưa vào phần mềm quy hoạch. Trạm dùng chung có một dòng cho mỗi nhà mạng ở mỗi hướng: cùng dùng một ăng-ten và một khối vô tuyến của hướng đó như trong đơn giá (chia sẻ RAN). Là lớp bản đồ thì là hình quạt như `sectors`.",
	},
	Columns: slices.Concat(pick(Plan.Columns, "rank", "action"), pick(Sectors.Columns,
		"sector_id", "site_id", "longitude", "latitude", "e_vn2000", "n_vn2000", "operator", "technology", "carrier", "frequency_mhz", "bandwidth_mhz",
		"antenna_height_m", "antenna_type", "azimuth_deg", "mechanical_tilt_deg", "electrical_tilt_deg", "beamwidth_h_deg", "beamwidth_v_deg",
		"gain_dbi", "ports", "power_dbm", "losses_db", "eirp_dbm", "antenna_file", "status")),
}

// PlanCosts is the parts of the cost of every action.
var PlanCosts = Table{
	Name: "plan_costs", Geometry: NoGeometry,
	Title: Text{"Cost lines", "Chi tiết chi phí"},
	About: Text{"The parts of each action's cost, as in plan.yaml. Lines that are paid per year or bought again are part of the lifetime cost alone.", "Các phần chi phí của từng hạng mục, như trong plan.yaml. Khoản trả hằng năm hoặc mua lại chỉ thuộc chi phí vòng đời."},
	Columns: slices.Concat(pick(Plan.Columns, "rank", "site_id"), []Column{
		{"item", word, "", Text{"Item", "Khoản mục"}, Text{"of the cost table, see [costs.md](costs.md)", "của bảng chi phí, xem [costs.md](costs.md)"}},
		{"variant", word, "", Text{"Variant", "Loại"}, Text{"of the item, such as the height of a mast", "của khoản mục, ví dụ chiều cao cột"}},
		{"kind", word, "", Text{"Kind", "Tính chất"}, Text{"how it is paid", "cách chi trả"}},
		{"of_year", count, "", Text{"Replaced in year", "Thay ở năm thứ"}, Text{"of a replacement, counted from the start", "của lần thay thế, tính từ đầu"}},
		{"quantity", number(3), "", Text{"Quantity", "Khối lượng"}, Text{"in `unit`", "theo `unit`"}},
		{"unit", word, "", Text{"Unit", "Đơn vị"}, Text{"of the quantity", "của khối lượng"}},
		{"amount", number(2), "currency", Text{"Amount", "Thành tiền"}, Text{"not discounted", "chưa chiết khấu"}},
		{"currency", word, "", Text{"Currency", "Tiền tệ"}, Text{"of the cost table", "của bảng chi phí"}},
	}),
}

// Relays is the masts of a plan that only pass links on.
var Relays = Table{
	Name: "relays", Geometry: Points,
	Title: Text{"Relays", "Trạm chuyển tiếp"},
	About: Text{"A mast each that only passes microwave links on; missing when the plan has none. Its cost is part of that of the first action that needs it.", "Mỗi dòng là một cột chỉ chuyển tiếp vi ba; không có nếu phương án không cần. Chi phí đã tính vào hạng mục đầu tiên cần đến nó."},
	Columns: slices.Concat([]Column{
		{"site_id", word, "", Text{"Relay", "Mã trạm chuyển tiếp"}, Text{"to which `backhaul_site` of an action or another relay leads", "nơi `backhaul_site` của hạng mục hoặc trạm chuyển tiếp khác dẫn tới"}},
	}, position, []Column{
		{"structure_height_m", number(1), "m", Text{"Structure height", "Chiều cao cột"}, Text{"of the mast", "của cột"}},
	}, pick(Plan.Columns, "backhaul_site", "hop_km", "hop_azimuth_deg"), []Column{
		{"cost", number(2), "currency", Text{"Cost", "Chi phí"}, Text{"investment, with the hop that leads on", "vốn đầu tư, gồm cả chặng nối tiếp"}},
		{"currency", word, "", Text{"Currency", "Tiền tệ"}, Text{"of the cost table", "của bảng chi phí"}},
		{"for_sites", word, "", Text{"For", "Phục vụ trạm"}, Text{"sites that hang on it, separated by blanks", "các trạm nối qua nó, cách nhau bằng dấu cách"}},
	}),
}

// Frontier is the best for smaller budgets, or fewer actions.
var Frontier = Table{
	Name: "frontier", Files: []string{"frontier.csv"}, Geometry: NoGeometry,
	Title: Text{"Frontier", "Đường biên hiệu quả"},
	About: Text{
		"A row for each tenth of the plan's cost (goal eliminate), of the budget, or of the number of actions: the best that it allows, of the same candidates, each site connected by itself. What these choices claim beyond the plan is not judged by the exact path again.",
		"Mỗi dòng là một phần mười chi phí (mục tiêu eliminate), ngân sách, hoặc số hạng mục: kết quả tốt nhất trong giới hạn đó, cùng tập vị trí ứng viên.",
	},
	Columns: []Column{
		{"budget", number(2), "currency", Text{"Budget", "Ngân sách"}, Text{"the limit; empty with goal count", "giới hạn; trống với mục tiêu count"}},
		{"count", count, "actions", Text{"Count", "Số hạng mục tối đa"}, Text{"the limit; empty with the other goals", "giới hạn; trống với mục tiêu khác"}},
		{"value", number(1), "people, households or villages", Text{"Value", "Giá trị"}, Text{"best found, by the objective's measure", "tốt nhất tìm được, theo thước đo của mục tiêu"}},
		{"bound", number(1), "people, households or villages", Text{"Bound", "Cận"}, Text{"no choice reaches more, also where sites share relays", "không lựa chọn nào đạt hơn, kể cả khi các trạm dùng chung trạm chuyển tiếp"}},
		{"actions", count, "actions", Text{"Actions", "Số hạng mục"}, Text{"of that choice", "của lựa chọn đó"}},
		{"cost", number(2), "currency", Text{"Cost", "Chi phí"}, Text{"of that choice", "của lựa chọn đó"}},
		{"nested", number(1), "people, households or villages", Text{"Nested", "Theo thứ tự"}, Text{"what the plan's own build order has reached by then", "kết quả theo thứ tự xây dựng của phương án tới lúc đó"}},
		{"price_of_nested", number(1), "people, households or villages", Text{"Price of nesting", "Cái giá của thứ tự"}, Text{"`value` less `nested`: what building the plan one by one gives up on the way", "`value` trừ `nested`: phần mất đi khi xây lần lượt"}},
		{"currency", word, "", Text{"Currency", "Tiền tệ"}, Text{"of the cost table", "của bảng chi phí"}},
	},
}

// LeftOut is the target villages that the plan does not serve.
var LeftOut = Table{
	Name: "left_out", Files: []string{"left_out.csv"}, Geometry: NoGeometry,
	Title: Text{"Left out", "Chưa phục vụ"},
	About: Text{"A row for each target village that the plan does not bring to the criterion; missing when there is none.", "Mỗi dòng là một thôn/xóm đối tượng mà phương án chưa đưa tới tiêu chí; không có tệp nếu không còn."},
	Columns: []Column{
		{"village_id", word, "", Text{"Village id", "Mã thôn/xóm"}, Text{"as in the input", "theo dữ liệu vào"}},
		{"name", word, "", Text{"Name", "Tên"}, Text{"as in the input", "theo dữ liệu vào"}},
		{"reason", word, "", Text{"Reason", "Lý do"}, Text{"`already_meets` (declared a gap, computed as served), `no_candidate` (nothing that could be built serves any of it), `not_enough` (all that could be built together does not reach the target share), `refused` (what would serve it cannot be built: see `because`), `constraints` (what would serve it is not allowed, or the years or funds have no money for it: see `because`), `budget`, `count`, or `nothing_added` (with `--keep`)", "`already_meets` (kê khai là lõm, tính toán có sóng), `no_candidate` (không lựa chọn nào phủ tới), `not_enough` (mọi lựa chọn cộng lại vẫn chưa đủ), `refused` (lựa chọn phủ tới không xây dựng được: xem `because`), `constraints` (ràng buộc không cho phép, hoặc ngân sách năm hay nguồn vốn không đủ: xem `because`), `budget` (ngân sách), `count` (số lượng), hoặc `nothing_added` (với `--keep`)"}},
		{"because", word, "", Text{"Because", "Do"}, Text{"of `refused`: no_access, no_power, no_backhaul, no_donor, no_price, of candidates that reach it; of `constraints`: must_not, given_up (a place that was taken out of the plan), spacing, years, funds; separated by blanks", "với `refused`: no_access (đường vào), no_power (điện), no_backhaul (truyền dẫn), no_donor, no_price (đơn giá) của các lựa chọn phủ tới; với `constraints`: must_not, given_up (vị trí đã bỏ khỏi phương án), spacing (khoảng cách), years (năm), funds (nguồn vốn); cách nhau bằng dấu cách"}},
		{"share_now", number(3), "0 to 1", Text{"Share now", "Tỷ lệ hiện nay"}, Text{"of its weight served today", "tỷ lệ có sóng hiện nay"}},
		{"share_with_plan", number(3), "0 to 1", Text{"Share with plan", "Tỷ lệ khi có phương án"}, Text{"with the plan", "khi có phương án"}},
		{"share_with_all", number(3), "0 to 1", Text{"Share with all", "Tỷ lệ khi xây tất cả"}, Text{"with all that could be built", "khi xây mọi thứ có thể"}},
		{"fix_places", word, "", Text{"Fix places", "Nơi khắc phục"}, Text{"hexes, points or sites at which the cheapest that was found would be built, separated by blanks", "các ô, điểm hoặc trạm của cách rẻ nhất tìm được, cách nhau bằng dấu cách"}},
		{"fix_cost", number(2), "currency", Text{"Fix cost", "Chi phí khắc phục"}, Text{"what that costs, each site connected by itself", "chi phí của cách đó, mỗi trạm có truyền dẫn riêng"}},
		{"fix_confirmed", yesNo, "", Text{"Fix confirmed", "Đã kiểm chứng"}, Text{"by the exact path on all hexes of the village, with its connections priced", "trên mọi ô của thôn/xóm bằng tuyến chính xác, truyền dẫn đã tính giá"}},
		{"enters_at", number(2), "currency", Text{"Plan and fix", "Phương án và khắc phục"}, Text{"what this plan and the fix cost together: the budget at which this village by itself can be added. A plan made for that budget may serve others instead", "tổng chi phí phương án này và cách đó: ngân sách đủ để thêm riêng thôn/xóm này. Phương án lập cho ngân sách đó có thể chọn thôn/xóm khác"}},
		{"currency", word, "", Text{"Currency", "Tiền tệ"}, Text{"of the cost table", "của bảng chi phí"}},
	},
}

// Candidates is the places that were refused.
var Candidates = Table{
	Name: "candidates", Files: []string{"candidates.csv"}, Geometry: Points,
	Title: Text{"Refused places", "Vị trí bị loại"},
	About: Text{"With `plan.candidates.list: true`, a row for each place that was refused.", "Với `plan.candidates.list: true`, mỗi dòng là một vị trí bị loại."},
	Columns: []Column{
		{"place", word, "", Text{"Place", "Vị trí"}, Text{"hex, or id of the point or site", "ô, hoặc mã điểm hay trạm"}},
		{"longitude", degree, "degrees", Text{"Longitude", "Kinh độ"}, Text{"of its highest ground", "của điểm cao nhất"}},
		{"latitude", degree, "degrees", Text{"Latitude", "Vĩ độ"}, Text{"of its highest ground", "của điểm cao nhất"}},
		{"reason", word, "", Text{"Reason", "Lý do"}, Text{"outside_area, at_border, excluded, on_water, too_steep, far_from_road, no_terrain, out_of_reach, nothing_to_add (a site at which nothing can be added), no_access, no_power, no_backhaul, no_donor (nothing for a repeater to repeat, and why) or no_price (no row of the cost table for it)", "outside_area (ngoài địa bàn), at_border (sát biên giới), excluded (vùng cấm), on_water (trên biển), too_steep (quá dốc), far_from_road (xa đường), no_terrain (thiếu địa hình), out_of_reach (ngoài tầm), nothing_to_add (không thêm được gì), no_access, no_power, no_backhaul, no_donor (không có nguồn để lặp) hoặc no_price (bảng chi phí không có)"}},
		{"detail", word, "", Text{"Detail", "Chi tiết"}, Text{"which zone, how steep, how far, why", "vùng nào, dốc bao nhiêu, xa bao nhiêu, vì sao"}},
	},
}
