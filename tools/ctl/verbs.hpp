// SPDX-License-Identifier: MIT
//
// The verbs of relaxctl: each prints its result and returns the exit code.

#pragma once

#include "tools/ctl/verb.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relaxd::ctl {

// run_verbs.cpp: the daemon, or a campaign file for `run list` and `run show`.
int show_status(const Globals& globals);
int list_instruments(const Globals& globals);
int list_runs(const Globals& globals);
/// trace_verb.cpp: switches the traffic trace of an instrument's link; `state` is on or off.
int switch_trace(const Globals& globals, const std::string& name, const std::string& state);
int show_run(const Globals& globals, const std::string& id);
struct StartOptions {
    std::string instrument;
    std::string method_file;
    std::string specimen_file;  ///< JSON; empty = none.
    bool follow = false;        ///< Of a read-only instrument; then no method is needed.
};
/// A specimen's JSON, checked. Errors name file and key.
[[nodiscard]] Result<json::value> read_specimen(const std::string& file);
int start_run(const Globals& globals, const StartOptions& options);
/// verb: pause, resume, stop, abort or unfollow.
int command_run(const Globals& globals, const std::string& verb, const std::string& id);

// watch.cpp
/// `reconnect_s`: how long a daemon that went away is waited for.
int watch_run(const Globals& globals, const std::string& id, double reconnect_s);

// import_verb.cpp
int import_files(const Globals& globals, const std::vector<std::string>& files);

// file_verbs.cpp
int export_run(
    const Globals& globals,
    const std::string& id,
    const std::string& format,
    const std::string& output_file
);
/// To stdout where no file (or "-") is named; a failure leaves no half file.
int write_output(const Globals& globals, const std::string& output_file, const std::string& bytes);
int verify_file(const Globals& globals, const std::string& file);
int digest_file(const Globals& globals, const std::string& file, const std::string& run_id);

// check_verb.cpp
int check_method(
    const Globals& globals,
    const std::string& method_file,
    const std::string& instrument,
    const std::string& specimen_file
);
int list_ports(const Globals& globals);

// calibration_verbs.cpp
int list_calibrations(const Globals& globals);
/// The newest version; `as_text`: what `calibration add` reads.
int show_calibration(const Globals& globals, const std::string& name, bool as_text);
int add_calibration(const Globals& globals, const std::string& file);
// calibration_make.cpp
struct MakeCalibration {
    std::string name;
    std::string kind;               ///< empty, steel, temperature, pendulum_empty, pendulum_bar.
    std::vector<std::string> runs;  ///< Ids or uuids.
    std::string modulus;            ///< Of the bars: "2.0e11+-1e9".
    double tan_delta = 0.0;
    double slope_per_K = 0.0;  ///< Of the modulus, relative.
    std::string with;          ///< The (pendulum_)empty set that is subtracted from the bars.
    std::string onsets;        ///< CSV file of melting onsets.
    std::string clamp;         ///< Of a temperature set; empty = of every clamp.
    std::string instrument;
    std::string serial_number;
    std::string notes;
};
int make_calibration(const Globals& globals, const MakeCalibration& asked);
// recompute_verb.cpp; texts are "NUMBER" or "NUMBER+-SD", empty = as recorded.
struct Recompute {
    std::string run;
    std::string clamp_factor;
    std::string poisson_ratio;
    std::string compliance;
    std::string mass;
    std::vector<std::string> calibrations;  ///< NAME or NAME@VERSION; none = as recorded.
    bool from_waveforms = false;            ///< Demodulate the stored raw periods again (reparse).
    std::string output;
};
int recompute_run(const Globals& globals, const Recompute& asked);

// waveform_verb.cpp: a pendulum's raw periods as CSV, in volts.
struct WaveformVerb {
    std::string run;
    std::uint64_t seq = 0;  ///< 0 = all of the run.
    std::string output;
};
int print_waveforms(const Globals& globals, const WaveformVerb& asked);

// material_verbs.cpp
int list_materials(const Globals& globals);
int show_material(const Globals& globals, const std::string& name);

// model_verbs.cpp: every equation of the model library, by name.
int list_models(const Globals& globals);
/// Calls as JSON from `file`, "-" for stdin; the answers on stdout.
int evaluate_calls(const Globals& globals, const std::string& file);

// fit_verb.cpp
struct FitVerb {
    std::vector<std::string> inputs;  ///< Files, or run:ID.
    std::string model;
    std::vector<std::string> fixed;   ///< NAME=VALUE
    std::vector<std::string> freed;   ///< NAME
    std::vector<std::string> priors;  ///< NAME=MEAN+-SD
    std::string form;                 ///< Empty: the file's `# form` key, else exact.
    std::string formulation;
    std::string stress;  ///< Of tension: engineering or true; empty: the files' `# stress` keys.
    std::string material;
    std::vector<std::string> tied;  ///< T_g: one for inputs of different protocol, too.
    std::vector<int> segments;      ///< Only these of each input; empty = all.
    std::optional<double> T_g_K;
    double scale_error = 0.0;          ///< Relative s.d. of what multiplies every modulus.
    double temperature_error_K = 0.0;  ///< S.d. of a common offset of the temperatures.
    bool wants_profiles = false;
    bool wants_alternatives = false;
    bool allows_state_change = false;  ///< A joint fit across a changed specimen.
};
int fit_inputs(const Globals& globals, const FitVerb& verb);

// Several runs at once; inputs are run ids or uuids, run:ID, or files.
// summary_verb.cpp: by composition and state, scatter between specimens against the fits' errors.
int summarise_runs(const Globals& globals, const FitVerb& verb);
// difference_verb.cpp: E', E'' and tan delta of a less those of b, against temperature.
int difference_runs(const Globals& globals, const std::string& a, const std::string& b);
// compare_verb.cpp: parameters under the same conditions, with their differences.
int compare_runs(const Globals& globals, const FitVerb& asked);

// score_verb.cpp: the estimates of a simulated run against its truth.
int score_run(const Globals& globals, const std::string& id);

// replay_verb.cpp: the stored fits of a run computed again and compared, bit for bit.
int replay_run(const Globals& globals, const std::string& id);

// replay_traffic.cpp: a recorded traffic trace plays the instrument to one host.
struct ReplayTraffic {
    std::string file;
    std::string listen;  ///< tcp://ADDRESS:PORT; either this or `pty`.
    std::string pty;     ///< Path of the symlink to make.
    double speed = 1.0;  ///< How much faster than recorded.
};
int replay_traffic(const Globals& globals, const ReplayTraffic& options);

/// The CSV of a stored run, from the file or the daemon: what `export --format csv` writes.
[[nodiscard]] Result<std::string> csv_of_run(const Globals& globals, const std::string& id);

}  // namespace relaxd::ctl
