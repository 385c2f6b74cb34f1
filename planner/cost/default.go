package cost

// Sources of the default rows.
const (
	pytal  = "pytal, E. J. Oughton's techno-economic assessment library"
	e3nb   = "e3nb, E. J. Oughton's model of universal broadband"
	onsset = "OnSSET, KTH's open electrification toolkit, default values"
)

// Assumption is the source of prices that nobody is known to have printed.
const Assumption = "assumption of this program, no printed price was found"

// Default gives the prices that a project starts with, in US dollars. No published
// price of a mountain base station in Vietnam is known; these come from studies
// that span many countries, differ between each other by a factor of two to
// three, and are there to be replaced. docs/costs.md lists them.
func Default() Table {
	return Table{
		Currency: USD,
		Rates: []Rate{{
			From: USD, To: VND, Value: 24327,
			Source: "State Bank of Vietnam, central rate, as printed by baonghean.vn", Date: "2024-12-31",
		}},
		Terms: Terms{OpexShare: 0.10, DiscountRate: 0.05, Years: 10, Source: pytal},
		Rows: []Row{
			{Item: Survey, Amount: 8700, Unit: PerSite, Currency: USD, Source: e3nb + ": site survey and acquisition"},
			{Item: Tower, Amount: 1000, Unit: PerMetre, Currency: USD, Source: e3nb + ": a tower of 10 m for 10,000 USD, here taken by the metre"},
			{Item: CivilWorks, Amount: 5000, Unit: PerSite, Currency: USD, Source: pytal + ": civil materials"},
			{Item: Transport, Amount: 5000, Unit: PerSite, Currency: USD, Source: pytal + ": transportation"},
			{Item: Access, Amount: 10_000, Unit: PerKm, Currency: USD, Source: Assumption + ": a track for porters and tracked carriers, not a road"},
			{Item: Installation, Amount: 5000, Unit: PerSite, Currency: USD, Source: pytal + ": installation"},
			{Item: SectorAntenna, Amount: 1500, Unit: PerSector, Currency: USD, Source: pytal},
			{Item: RemoteRadio, Amount: 4000, Unit: PerSector, Currency: USD, Source: pytal},
			{Item: Baseband, Amount: 500, Unit: PerSite, Currency: USD, Source: pytal + ": baseband cabinet"},
			{Item: Router, Amount: 2000, Unit: PerSite, Currency: USD, Source: pytal},
			{Item: Repeater, Amount: 7000, Unit: PerSite, Currency: USD, Source: Assumption + ": a remote radio and two sector antennas of pytal"},
			{Item: GridPower, Amount: 5000, Unit: PerSite, Currency: USD, Source: pytal + ": site power with battery, the grid being at the site"},
			{Item: PowerLine, Amount: 7000, Unit: PerKm, Currency: USD, Source: onsset + ": medium-voltage line"},
			{Item: Transformer, Amount: 4250, Unit: PerSite, Currency: USD, Source: onsset + ": service transformer of 50 kVA"},
			{Item: SolarPanel, Amount: 1000, Unit: PerKW, Currency: USD, Source: "Giga, UNICEF and ITU's school connectivity model: 1 USD/W"},
			{
				Item: Battery, Amount: 326, Unit: PerKWh, Currency: USD, LifeYears: 8, Year: 2023,
				Source: "NREL/TP-6A40-85332, Cole and Karmakar: installed lithium-ion storage, mid projection; the life is an assumption of this program",
			},
			{Item: Generator, Amount: 938, Unit: PerKW, Currency: USD, LifeYears: 10, Source: onsset + ": stand-alone diesel"},
			{Item: Electricity, Amount: 2204.07, Unit: PerKWhYear, Currency: VND, Source: "EVN, decision 599/QĐ-EVN: average retail price without VAT", Year: 2025},
			{Item: Fuel, Amount: 20_000, Unit: PerLitreYear, Currency: VND, Source: Assumption + ": retail diesel in Vietnam, rounded; delivery to the mast is not in it", Year: 2025},
			{Item: Microwave, UpToM: 15_000, Amount: 30_000, Unit: PerLink, Currency: USD, Source: pytal + ": small microwave link; the lengths are this program's"},
			{Item: Microwave, UpToM: 30_000, Amount: 40_000, Unit: PerLink, Currency: USD, Source: pytal + ": medium microwave link"},
			{Item: Microwave, Amount: 80_000, Unit: PerLink, Currency: USD, Source: pytal + ": large microwave link"},
			{Item: Fibre, Amount: 8900, Unit: PerKm, Currency: USD, Source: "Giga, UNICEF and ITU's school connectivity model; pytal has 5,000, ITU 20,000"},
			{Item: Satellite, Amount: 800, Unit: PerSite, Currency: USD, Source: "ITU: satellite terminal; Giga has 600, inframapkit 3,000"},
			{Item: SatelliteService, Amount: 1200, Unit: PerYear, Currency: USD, Source: Assumption + ": 100 USD a month"},
			{Item: Rental, Amount: 1000, Unit: PerYear, Currency: USD, Source: pytal + ": rural site rental"},
		},
	}
}
