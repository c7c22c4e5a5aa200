// SPDX-License-Identifier: MIT
#include "tools/ctl/run_inputs.hpp"

#include <cmath>
#include <filesystem>
#include <utility>

namespace relaxd::ctl {

Result<std::vector<FitInput>> read_runs(
    const Globals& globals, const std::vector<std::string>& words, int& exit_code
) {
    std::vector<FitInput> inputs;
    for (const std::string& word : words) {
        std::error_code error;
        const bool is_plain =
            word.starts_with("run:") || std::filesystem::is_regular_file(word, error) ||
            word.find('/') != std::string::npos || word.find('.') != std::string::npos;
        auto input = read_input(globals, is_plain ? word : "run:" + word, exit_code);
        if (!input) {
            return fail(input.error());
        }
        inputs.push_back(std::move(*input));
    }
    return inputs;
}

std::string specimen_of(const FitInput& input) {
    for (const char* key : {"specimen_id", "specimen"}) {
        if (std::string found = input.key(key); !found.empty()) {
            return found;
        }
    }
    return input.name;
}

const record::ParameterEstimate* find_parameter(
    const record::FitResult& result, const std::string& name
) {
    for (const auto& one : result.parameters) {
        if (one.name == name) {
            return &one;
        }
    }
    return nullptr;
}

double whole_error(const record::ParameterEstimate& one) {
    return std::isfinite(one.combined_error) ? one.combined_error : one.standard_error;
}

bool is_known(const record::ParameterEstimate& one) {
    const bool has_state = one.state == record::ParameterState::determined ||
                           one.state == record::ParameterState::hinted;
    return has_state && std::isfinite(one.value) && whole_error(one) > 0.0 &&
           std::isfinite(whole_error(one));
}

}  // namespace relaxd::ctl
