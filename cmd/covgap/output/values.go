package output

import (
	"slices"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/geo/style"
	"github.com/paulmach/orb"
)

// Value is a code of a column and what people read in its place.
type Value struct {
	Code string
	Text Text
}

// classes are the codes of every column of classes.
var classes = []Value{
	{"served", Text{"served", "có sóng"}},
	{"weak", Text{"weak", "sóng yếu"}},
	{"none", Text{"no signal", "trắng sóng"}},
	{"not_counted", Text{"not counted", "không xét"}},
}

// values are the codes that columns have, by column, or by table and column where
// tables differ.
var values = map[string][]Value{
	"class": classes, "declared_status": classes, "class_before": classes, "class_after": classes,
	"cause": {
		{"technology", Text{"technology missing", "chưa có công nghệ"}},
		{"operator", Text{"operator missing", "chỉ có sóng nhà mạng khác"}},
		{"beam", Text{"outside the beam", "ngoài búp sóng"}},
		{"behind_trees", Text{"behind trees", "bị cây, nhà che chắn"}},
		{"behind_terrain", Text{"behind terrain", "bị núi che chắn"}},
		{"power", Text{"too little power", "thiếu công suất"}},
		{"out_of_range", Text{"out of range", "ngoài tầm phủ sóng"}},
	},
	"certainty": {
		{"surely_weak", Text{"surely weak", "chắc chắn yếu"}},
		{"uncertain", Text{"uncertain", "chưa chắc chắn"}},
		{"surely_served", Text{"surely served", "chắc chắn có sóng"}},
	},
	"action": {
		{"new_site", Text{"new site", "trạm mới"}},
		{"remote_sector", Text{"remote sector", "sector kéo xa"}},
		{"repeater", Text{"repeater", "trạm lặp"}},
		{"add_sector", Text{"sector added", "bổ sung sector"}},
		{"add_band", Text{"band added", "bổ sung băng tần"}},
		{"raise", Text{"antennas raised", "nâng độ cao ăng-ten"}},
		{"re_aim", Text{"sector re-aimed", "xoay sector"}},
		{"re_band", Text{"other frequency", "đổi tần số"}},
		{"re_power", Text{"other power", "đổi công suất"}},
		{"remove", Text{"removed", "tháo dỡ"}},
	},
	"plan.power": {
		{"grid", Text{"grid", "điện lưới"}},
		{"grid_year", Text{"grid, later", "điện lưới sau này"}},
		{"solar", Text{"solar and battery", "điện mặt trời và ắc quy"}},
		{"hybrid", Text{"solar and diesel", "điện mặt trời và máy phát điện"}},
	},
	"plan.backhaul": {
		{"fibre", Text{"fibre", "cáp quang"}},
		{"microwave", Text{"microwave", "viba"}},
		{"satellite", Text{"satellite", "vệ tinh"}},
	},
	"left_out.reason": {
		{"already_meets", Text{"meets the criterion by computation", "tính toán đã đạt tiêu chí"}},
		{"no_candidate", Text{"nothing that could be built serves it", "không lựa chọn nào phủ tới"}},
		{"not_enough", Text{"all that could be built does not suffice", "mọi lựa chọn cộng lại vẫn chưa đủ"}},
		{"budget", Text{"beyond the budget", "vượt ngân sách"}},
		{"count", Text{"beyond the number of actions", "vượt số hạng mục"}},
		{"nothing_added", Text{"nothing was to be added", "không bổ sung hạng mục"}},
		{"refused", Text{"what would serve it cannot be built", "lựa chọn phủ tới không xây dựng được"}},
		{"constraints", Text{"the constraints do not allow it", "ràng buộc không cho phép"}},
	},
	"left_out.because": {
		{"no_access", Text{"no access", "không có đường vào"}},
		{"no_power", Text{"no power", "không có nguồn điện"}},
		{"no_backhaul", Text{"no backhaul", "không có truyền dẫn"}},
		{"no_donor", Text{"nothing to repeat", "không có nguồn sóng để lặp"}},
		{"no_price", Text{"no price", "thiếu đơn giá"}},
		{"must_not", Text{"must not", "vị trí không được xây"}},
		{"given_up", Text{"given up", "vị trí đã bỏ khỏi phương án"}},
		{"spacing", Text{"spacing", "khoảng cách tối thiểu"}},
		{"years", Text{"money of the years", "ngân sách các năm"}},
		{"funds", Text{"money of the funds", "các nguồn vốn"}},
	},
	"candidates.reason": {
		{"outside_area", Text{"outside the areas", "ngoài địa bàn"}},
		{"at_border", Text{"too near the border", "sát biên giới"}},
		{"excluded", Text{"excluded", "trong vùng loại trừ"}},
		{"on_water", Text{"on the sea", "trên biển"}},
		{"too_steep", Text{"too steep", "quá dốc"}},
		{"far_from_road", Text{"too far from a road", "xa đường giao thông"}},
		{"no_terrain", Text{"no terrain", "thiếu địa hình"}},
		{"out_of_reach", Text{"out of reach", "ngoài tầm phủ"}},
		{"serves_nobody", Text{"serves nobody", "không phủ được ai"}},
		{"nothing_to_add", Text{"nothing can be added", "không bổ sung được gì"}},
		{"no_access", Text{"no access", "không có đường vào"}},
		{"no_power", Text{"no power", "không có nguồn điện"}},
		{"no_backhaul", Text{"no backhaul", "không có truyền dẫn"}},
		{"no_donor", Text{"nothing to repeat", "không có nguồn sóng để lặp"}},
		{"no_price", Text{"no price", "thiếu đơn giá"}},
	},
	"measure": {
		{"target", Text{"today’s signal, in a target", "sóng hiện có tại thôn/xóm đối tượng"}},
		{"served", Text{"today’s signal, counted as served", "sóng hiện có, đang tính là có sóng"}},
		{"planned_mast", Text{"test transmitter where a mast is planned", "phát thử tại vị trí dự kiến"}},
	},
	"item": {
		{"survey_and_acquisition", Text{"survey and land", "khảo sát, mặt bằng"}},
		{"tower", Text{"towers", "cột ăng-ten"}},
		{"civil_works", Text{"civil works", "xây dựng, nhà trạm"}},
		{"transport", Text{"transport", "vận chuyển"}},
		{"access_road", Text{"access tracks", "đường vào trạm"}},
		{"installation", Text{"installation", "lắp đặt"}},
		{"sector_antenna", Text{"antennas", "ăng-ten"}},
		{"remote_radio", Text{"remote radios", "khối vô tuyến"}},
		{"baseband", Text{"basebands", "khối băng gốc"}},
		{"router", Text{"routers", "bộ định tuyến"}},
		{"repeater", Text{"repeaters", "trạm lặp"}},
		{"power_grid", Text{"rectifiers and back-up batteries", "bộ nguồn, ắc quy dự phòng"}},
		{"power_line", Text{"power lines", "đường dây điện"}},
		{"power_transformer", Text{"transformers", "trạm biến áp"}},
		{"solar_panel", Text{"solar panels", "tấm pin mặt trời"}},
		{"battery", Text{"batteries", "ắc quy"}},
		{"generator", Text{"generators", "máy phát điện"}},
		{"electricity", Text{"electricity", "điện năng"}},
		{"fuel", Text{"fuel", "nhiên liệu"}},
		{"backhaul_microwave", Text{"microwave links", "tuyến viba"}},
		{"backhaul_fibre", Text{"fibre", "cáp quang"}},
		{"backhaul_satellite", Text{"satellite terminals", "thiết bị vệ tinh"}},
		{"satellite_service", Text{"satellite service", "dịch vụ vệ tinh"}},
		{"site_rental", Text{"site rental", "thuê mặt bằng"}},
		{"operation", Text{"operation", "vận hành"}},
	},
	"plan_costs.kind": {
		{"capex", Text{"investment", "đầu tư"}},
		{"opex", Text{"each year", "hằng năm"}},
		{"replacement", Text{"replacement", "thay thế"}},
	},
	"plan_costs.unit": {
		{"site", Text{"site", "trạm"}},
		{"sector", Text{"sector", "sector"}},
		{"link", Text{"link", "tuyến"}},
		{"m", Text{"m", "m"}},
		{"km", Text{"km", "km"}},
		{"kW", Text{"kW", "kW"}},
		{"kWh", Text{"kWh", "kWh"}},
		{"year", Text{"year", "năm"}},
		{"kWh/year", Text{"kWh/year", "kWh/năm"}},
		{"litre/year", Text{"litre/year", "lít/năm"}},
		{"of investment/year", Text{"of investment/year", "của vốn đầu tư/năm"}},
	},
	"antenna_type": {
		{"sector", Text{"sector", "sector"}},
		{"omni", Text{"all round", "vô hướng"}},
	},
	"status": {
		{"on_air", Text{"on air", "đang phát"}},
		{"planned", Text{"planned", "dự kiến"}},
		{"off_air", Text{"off air", "đã tắt"}},
	},
	"weight_rule": {
		{"people", Text{"population file", "theo tệp dân số"}},
		{"built_up", Text{"built-up land cover", "đất xây dựng"}},
		{"gentle_and_low", Text{"gentle slopes, lower half", "dốc thoải, nửa thấp"}},
		{"all", Text{"all hexes", "mọi ô"}},
	},
	"relation": {
		{"same", Text{"same", "giữ nguyên"}},
		{"split", Text{"split", "tách"}},
		{"merged", Text{"merged", "nhập"}},
		{"regrouped", Text{"regrouped", "vừa tách vừa nhập"}},
		{"new", Text{"new", "mới lập"}},
		{"vanished", Text{"vanished", "không còn"}},
	},
	"change": {
		{"became_served", Text{"became served", "đã có sóng"}},
		{"remains", Text{"remains a gap", "vẫn là vùng lõm"}},
		{"better", Text{"better", "đỡ hơn"}},
		{"worse", Text{"worse", "xấu đi"}},
		{"new_gap", Text{"new gap", "vùng lõm mới"}},
		{"new_village", Text{"new village", "thôn/xóm mới"}},
		{"vanished", Text{"vanished", "không còn"}},
		{"stays_served", Text{"stays served", "vẫn có sóng"}},
		{"not_compared", Text{"not compared", "không so sánh"}},
	},
}

// shared is the operator of what serves for all. Other operators are names.
var shared = Value{"shared", Text{"shared", "dùng chung"}}

// Values gives every code that a column can have; nil for other columns.
func (t *Table) Values(column string) []Value {
	if v, ok := values[t.Name+"."+column]; ok {
		return v
	}
	for _, c := range t.Columns {
		// The change of a measurement is an amount, the class of a path no class of signal.
		if c.Name == column && c.Kind == word && t.Name != Calibration.Name {
			return values[column]
		}
	}
	return nil
}

// Word gives what people read for a code of a column, or for several with blanks between
// them: itself where there is no text.
func (t *Table) Word(l lang.Lang, column, code string) string {
	if column == "operator" && code == shared.Code {
		return shared.Text.In(l)
	}
	values := t.Values(column)
	if values == nil {
		return code
	}
	var words []string
	for _, part := range strings.Fields(code) {
		k := slices.IndexFunc(values, func(v Value) bool { return v.Code == part })
		if k < 0 {
			return code
		}
		words = append(words, values[k].Text.In(l))
	}
	return strings.Join(words, ", ")
}

// WhyLeftOut says in words why a village is left out, and because of what.
func WhyLeftOut(l lang.Lang, reason string, because []string) string {
	why := LeftOut.Word(l, "reason", reason)
	if len(because) > 0 {
		why += ": " + LeftOut.Word(l, "because", strings.Join(because, " "))
	}
	return why
}

// inWords gives the records with words in place of codes, for files that people read.
func (y Layer) inWords(l lang.Lang) Layer {
	return Layer{Table: y.Table, Each: func(write Write) error {
		return y.Each(func(g orb.Geometry, record ...any) error {
			out := make([]any, len(record))
			for i, v := range record {
				if code, ok := v.(string); ok && i < len(y.Columns) {
					v = y.Word(l, y.Columns[i].Name, code)
				}
				out[i] = v
			}
			return write(g, out...)
		})
	}}
}

// choices gives the words of every column that has codes, for QGIS.
func (t *Table) choices(l lang.Lang) map[string][]style.Choice {
	out := map[string][]style.Choice{}
	for _, c := range t.Columns {
		for _, v := range t.Values(c.Name) {
			out[c.Name] = append(out[c.Name], style.Choice{Value: v.Code, Label: v.Text.In(l)})
		}
	}
	return out
}
