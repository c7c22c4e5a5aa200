// SPDX-License-Identifier: MIT
//
// A campaign file in a folder of its own that is gone after the test, and rows to put into it.
#pragma once

#include "schema/store/run_store.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::test {

class Folder {
  public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "relaxd_XXXXXX").string();
        path_ = mkdtemp(name.data());
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] std::string file(const std::string& name = "campaign.sqlite") const {
        return (path_ / name).string();
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

inline std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_bytes(const std::string& path, const std::string& bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// The value, or the failure of the test with the error's sentence.
template <typename T>
T must(Result<T> result) {
    if (!result) {
        FAIL(result.error().sentence());
    }
    if constexpr (!std::is_void_v<T>) {
        return std::move(*result);
    }
}

/// Same number, or both unknown.
inline bool same(double a, double b) {
    return a == b || (std::isnan(a) && std::isnan(b));
}

inline record::Run some_run() {
    record::Run run;
    run.name = "ramp of plate 7";
    run.instrument = "dma1";
    run.specimen = "plate 7 a";
    run.method = "mode = \"multi-frequency-strain\"\nsegments = [\"Isothermal for 1 min\"]\n";
    run.started_utc = UtcTime{1'769'860'800'123'456'789};
    run.code_version = "0.1.0+test";
    return run;
}

inline record::Specimen some_specimen() {
    record::Specimen specimen;
    specimen.name = "plate 7 a";
    specimen.T_g_K = 453.0;
    specimen.T_x_K = 500.0;
    return specimen;
}

inline record::Point some_point(std::uint64_t number) {
    record::Point point;
    record::Reading& reading = point.reading;
    reading.number = number;
    reading.segment = 1;
    reading.time_s = 0.5 * static_cast<double>(number);
    reading.values[record::Channel::temperature_K] = 300.0 + 0.1 * static_cast<double>(number);
    reading.values[record::Channel::frequency_Hz] = number % 2 == 0 ? 1.0 : 8.0;
    reading.values[record::Channel::storage_modulus_Pa] =
        35.2e9 - 1e7 * static_cast<double>(number);
    reading.raw = "READING " + std::to_string(number);
    reading.received_steady = SteadyTime{static_cast<std::int64_t>(1000 * number)};
    reading.received_utc = UtcTime{1'769'860'800'000'000'000 + static_cast<std::int64_t>(number)};
    return point;
}

inline record::Event some_event(const std::string& code, const std::string& detail = "") {
    record::Event event;
    event.time_utc = UtcTime{1'769'860'801'000'000'000};
    event.code = code;
    event.message = "It happened.";
    event.detail = detail;
    return event;
}

inline record::Estimate some_estimate(const std::string& parameter, double value) {
    record::Estimate estimate;
    estimate.fit_number = 1;
    estimate.time_utc = UtcTime{1'769'860'802'000'000'000};
    estimate.model = "dynamic";
    estimate.parameter = parameter;
    estimate.value = value;
    estimate.state = record::ParameterState::determined;
    estimate.n_points = 10;
    estimate.first_seq = 1;
    estimate.last_seq = 9;
    return estimate;
}

inline std::uint64_t seq_of(const record::Row& row) {
    return std::visit([](const auto& one) { return one.seq; }, row);
}

}  // namespace relaxd::test
