// SPDX-License-Identifier: MIT
//
// The catalogue of fitted parameters: symbol, meaning, shown unit. Names are the API's.

export interface Parameter {
  name: string;
  /** Symbol and subscript, e.g. ["τ", "β0"]. */
  symbol: [string, string];
  meaning: string;
  unit: string;
  factor: number;
  scientific?: boolean;
  /** A time: unit chosen by size. */
  is_time?: boolean;
  /** Of an isotherm. */
  where?: string;
}

function parameter(
  name: string, symbol: [string, string], meaning: string, unit: string, factor = 1,
  more: Partial<Parameter> = {},
): Parameter {
  return { name, symbol, meaning, unit, factor, ...more };
}

export const dynamic_parameters: Parameter[] = [
  parameter('chi_Tg', ['χ', 'Tg'], 'correlation at T_g', ''),
  parameter('a1_per_K', ['a', '1'], 'slope of χ above T_g', '10⁻³ K⁻¹', 1e3),
  parameter('E_u_Pa', ['E', 'u'], 'unrelaxed modulus', 'GPa', 1e-9),
  parameter('G_u_Pa', ['G', 'u'], 'unrelaxed shear modulus', 'GPa', 1e-9),
  parameter('G_r_Pa', ['G', 'r'], 'shear modulus after the β process', 'GPa', 1e-9),
  parameter('E_r_Pa', ['E', 'r'], 'modulus after the β process', 'GPa', 1e-9),
  parameter('U_beta_J_mol', ['U', 'β'], 'activation energy of the β process', 'kJ/mol', 1e-3),
  parameter('tau_beta0_s', ['τ', 'β0'], 'its prefactor', 's', 1, { scientific: true }),
  parameter('B', ['B', ''], 'inverse width of the β process', ''),
  parameter('A_beta_per_Pa', ['A', 'β'], 'compliance of the β process', 'TPa⁻¹', 1e12),
  parameter('A_beta_shear_per_Pa', ['A', 'β'], 'compliance of the β process in shear', 'TPa⁻¹', 1e12),
  parameter('A_an_shear_per_Pa', ['A', 'an'], 'anelastic compliance in shear', 'TPa⁻¹', 1e12),
  parameter('A_vp_shear_per_Pa', ['A', 'vp'], 'viscoplastic compliance in shear', 'TPa⁻¹', 1e12),
  parameter('A_an_per_Pa', ['A', 'an'], 'anelastic compliance', 'TPa⁻¹', 1e12),
  parameter('A_vp_per_Pa', ['A', 'vp'], 'viscoplastic compliance', 'TPa⁻¹', 1e12),
  parameter('t0_s', ['t', '0'], 'scaling time', 's', 1, { scientific: true }),
  parameter('T_g_K', ['T', 'g'], 'glass transition', 'K'),
  parameter('E_u_slope_per_K', ['s', 'E'], 'relative slope of E_u', '10⁻⁶ K⁻¹', 1e6),
  parameter('E_u_T_ref_K', ['T', 'ref'], 'temperature at which E_u holds', 'K'),
  parameter('background_tan_delta', ['b', ''], 'constant loss that is not the specimen\'s', ''),
  parameter('fast_beta.A_per_Pa', ['A', 'β′'], 'compliance of the fast β process', 'TPa⁻¹', 1e12),
  parameter('fast_beta.U_J_mol', ['U', 'β′'], 'its activation energy', 'kJ/mol', 1e-3),
  parameter('fast_beta.tau0_s', ['τ', 'β′0'], 'its prefactor', 's', 1, { scientific: true }),
  parameter('fast_beta.B', ['B', 'β′'], 'its inverse width', ''),
];

const viscosities: Parameter[] = [
  parameter('viscosity_flow_Pa_s', ['η', 'flow'], 'flow viscosity', 'Pa s', 1, { scientific: true }),
  parameter('viscosity_elongational_Pa_s', ['η', 'elong'], 'elongational viscosity, 3 η_flow', 'Pa s', 1, { scientific: true }),
  parameter('viscosity_maxwell_Pa_s', ['η', 'Mxw'], 'G_u τ_mol', 'Pa s', 1, { scientific: true }),
  parameter('fragility_m', ['m', ''], 'fragility at T_g', ''),
  parameter('C_d', ['C', 'd'], 'concentration of defects', '', 1, { scientific: true }),
];

export const derived_times: Parameter[] = [
  parameter('tau_beta_s', ['τ', 'β'], 'β time', 's', 1, { is_time: true }),
  parameter('tau_max_s', ['τ', 'max'], 'longest time', 's', 1, { is_time: true }),
  parameter('tau_max_Tg_s', ['τ', 'max, Tg'], 'longest time at T_g', 's', 1, { is_time: true }),
];

export const transition_parameters: Parameter[] = [
  parameter('T_g_K', ['T', 'g'], 'glass transition, as this ramp shows it', 'K'),
  parameter('T_x_K', ['T', 'x'], 'beginning of crystallisation, as this ramp shows it', 'K'),
];

export const recipe_parameters: Parameter[] = [
  parameter('U_beta_peaks', ['U', 'peaks'], 'from the shift of the β peaks', 'kJ/mol', 1e-3),
  parameter('tau_beta0_peaks', ['τ', 'peaks'], 'from the shift of the β peaks', 's', 1, { scientific: true }),
  parameter('U_beta_peaks_corr', ['U', 'corrected'], 'peaks, bias removed', 'kJ/mol', 1e-3),
  parameter('tau_beta0_peaks_corr', ['τ', 'corrected'], 'peaks, bias removed', 's', 1, { scientific: true }),
];

/** Of tests in time, in the order they are shown. */
export const series_parameters: Parameter[] = [
  parameter('chi', ['χ', ''], 'correlation at the temperature of the test', ''),
  derived_times[1] ?? parameter('tau_max_s', ['τ', 'max'], 'longest time', 's'),
  parameter('J_0_per_Pa', ['J', '0'], 'compliance at once, with that of the β process', 'TPa⁻¹', 1e12),
  parameter('A_an_per_Pa', ['A', 'an'], 'anelastic compliance', 'TPa⁻¹', 1e12),
  parameter('A_vp_per_Pa', ['A', 'vp'], 'viscoplastic compliance', 'TPa⁻¹', 1e12),
  parameter('recovery_time_ratio', ['r', 'rec'], 'time of recovery over that of creep', ''),
  parameter('tan_delta_0', ['tan δ', '0'], 'at the start of ageing', ''),
  parameter('tan_delta_inf', ['tan δ', '∞'], 'after ageing', ''),
  parameter('tau_s', ['τ', 'age'], 'time of ageing', 's', 1, { is_time: true }),
  parameter('beta', ['β', ''], 'exponent of ageing', ''),
  parameter('t_over_tau', ['t/τ', ''], 'how much of the ageing has been seen', ''),
  parameter('time_to_10_percent_s', ['t', '90 %'], 'when nine tenths of the change will have happened', 's', 1, { is_time: true }),
  parameter('tau_storage_s', ['τ', 'E′'], 'time of ageing of E′', 's', 1, { is_time: true }),
  parameter('beta_storage', ['β', 'E′'], 'exponent of ageing of E′', ''),
  parameter('storage_modulus_0_Pa', ['E′', '0'], 'at the start of ageing', 'GPa', 1e-9),
  parameter('storage_modulus_inf_Pa', ['E′', '∞'], 'after ageing', 'GPa', 1e-9),
];

const catalogue = new Map(
  [...dynamic_parameters, ...derived_times, ...viscosities, ...recipe_parameters, ...series_parameters,
    parameter('T_x_K', ['T', 'x'], 'beginning of crystallisation', 'K')].map((entry) => [entry.name, entry]),
);

export function parameter_of(name: string): Parameter {
  return catalogue.get(name) ?? parameter(name, [name, ''], '', '');
}

/** State word of the record, as shown. */
export const state_text: Record<string, string> = {
  determined: 'determined',
  hinted: 'hinted',
  undetermined: 'not determined yet',
  traded: 'traded',
  at_limit: 'at limit',
  fixed: 'fixed',
};

export const state_help: Record<string, string> = {
  determined: 'The data determine this value.',
  hinted: 'The data say something, the prior still counts: do not quote.',
  undetermined: 'The data say nothing about it yet, so no number is shown.',
  traded: 'Only a combination with another parameter is known.',
  at_limit: 'The fit ran into the limit of the allowed range.',
  fixed: 'Held at a given value, not fitted.',
};
