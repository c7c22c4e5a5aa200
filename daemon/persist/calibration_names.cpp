// SPDX-License-Identifier: MIT
#include "daemon/persist/calibration_names.hpp"

#include "schema/store/run_store.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace relaxd::daemon {

ConfigErrors check_calibration_names(const DaemonConfig& config) {
    ConfigErrors errors;
    std::optional<store::RunReader> reader;
    for (const drivers::InstrumentConfig& instrument : config.instruments) {
        for (const std::string& name : instrument.calibration) {
            if (!reader) {
                auto opened = store::RunReader::open(config.database_path);
                if (!opened) {
                    Error error = opened.error();
                    error.code = Errc::invalid;
                    error.message = "calibration \"" + name + "\" of " + instrument.name +
                                    " cannot be looked up: " + error.message;
                    error.hint =
                        "calibration sets live in the campaign file: make them with "
                        "relaxctl calibration make, or carry them there with relaxctl "
                        "calibration add";
                    errors.push_back(std::move(error));
                    return errors;
                }
                reader.emplace(std::move(*opened));
            }
            if (const auto set = reader->calibration(name); !set) {
                Error error = set.error();
                error.message = "instrument " + instrument.name + ": " + error.message;
                errors.push_back(std::move(error));
            }
        }
    }
    return errors;
}

}  // namespace relaxd::daemon
