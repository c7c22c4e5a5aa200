// SPDX-License-Identifier: MIT
//
// The views are the contract with notebooks and colleagues: names, order, NULL for unknown.
#include "tests/store/fixture.hpp"

#include <sqlite3.h>

#include <array>
#include <limits>
#include <memory>

namespace relaxd::test {

namespace {

/// Another connection than the store's own: what any SQLite client sees.
class Client {
  public:
    explicit Client(const std::string& path) {
        REQUIRE(
            sqlite3_open_v2(path.c_str(), &handle_, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK
        );
    }
    ~Client() { sqlite3_close(handle_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Cells as text, "NULL" for NULL, rows joined.
    [[nodiscard]] std::vector<std::string> ask(const std::string& sql) const {
        std::vector<std::string> cells;
        char* message = nullptr;
        const auto take = [](void* to, int count, char** values, char**) {
            for (int i = 0; i < count; ++i) {
                static_cast<std::vector<std::string>*>(to)->emplace_back(
                    values[i] == nullptr ? "NULL" : values[i]
                );
            }
            return 0;
        };
        const int code = sqlite3_exec(handle_, sql.c_str(), take, &cells, &message);
        INFO((message == nullptr ? "" : message));
        REQUIRE(code == SQLITE_OK);
        return cells;
    }

  private:
    sqlite3* handle_ = nullptr;
};

std::vector<std::string> words(const std::string& text) {
    std::vector<std::string> out;
    std::size_t from = 0;
    while (from < text.size()) {
        const std::size_t to = std::min(text.find(' ', from), text.size());
        out.push_back(text.substr(from, to - from));
        from = to + 1;
    }
    return out;
}

}  // namespace

TEST_CASE("the views have the contract's columns in the contract's order") {
    const Folder folder;
    { must(store::RunStore::open(folder.file())); }
    const Client client(folder.file());
    const std::vector<std::pair<std::string, std::string>> contract{
        {"v_run",
         "run_id uuid name instrument specimen method state end_cause started_utc ended_utc "
         "last_seq simulated code_version"},
        {"v_point",
         "run_id seq time_utc segment time_s reading_number temperature_K set_temperature_K "
         "frequency_Hz storage_modulus_Pa loss_modulus_Pa tan_delta strain stress_Pa "
         "displacement_m static_force_N dynamic_force_N drive_force_N phase_rad force_N "
         "stiffness_N_per_m position_m length_m torque_N_m angle_rad compliance_per_Pa "
         "relaxation_modulus_Pa storage_modulus_sigma_Pa loss_modulus_sigma_Pa tan_delta_sigma "
         "strain_sigma stress_sigma_Pa compliance_sigma_per_Pa shear_storage_modulus_Pa "
         "shear_loss_modulus_Pa shear_stress_Pa shear_strain shear_storage_modulus_sigma_Pa "
         "shear_loss_modulus_sigma_Pa shear_stress_sigma_Pa shear_strain_sigma "
         "storage_modulus_relative loss_modulus_relative storage_modulus_relative_sigma "
         "loss_modulus_relative_sigma omega_rad_s flags simulated"},
        {"v_gap", "run_id seq from_time_s to_time_s missing cause simulated"},
        {"v_event", "run_id seq time_utc severity code message detail simulated"},
        {"v_segment", "run_id segment text started_utc ended_utc first_seq last_seq simulated flags"
        },
        {"v_instrument", "name driver uri link_state state identity serial_number simulated proven"
        },
        {"v_estimate",
         "run_id seq fit_number time_utc model parameter value standard_error lower_95 upper_95 "
         "state segment temperature_K frequency_Hz form n_points first_seq last_seq "
         "options_sha256 code_version simulated systematic_error traded_with combined_error method "
         "known_combination known_combination_value known_combination_standard_error experiment"},
        {"v_truth", "run_id seq parameter value"},
    };
    for (const auto& [view, columns] : contract) {
        INFO(view);
        REQUIRE(
            client.ask("SELECT name FROM pragma_table_info('" + view + "') ORDER BY cid") ==
            words(columns)
        );
    }
    auto specimen = client.ask("SELECT name FROM pragma_table_info('v_specimen') ORDER BY cid");
    specimen.resize(7);
    REQUIRE(specimen == words("run_id name clamp length_m width_m thickness_m poisson_ratio"));
    REQUIRE(
        client.ask("PRAGMA user_version") ==
        std::vector<std::string>{std::to_string(store::schema_version())}
    );
    REQUIRE(client.ask("PRAGMA journal_mode") == std::vector<std::string>{"wal"});
}

TEST_CASE("every row of a simulated run carries the mark, and none of a real one") {
    const Folder folder;
    auto store = must(store::RunStore::open(folder.file()));
    for (const bool simulated : {false, true}) {
        record::Run run = some_run();
        run.simulated = simulated;
        const auto id = must(store.create_run(run, some_specimen())).run_id;
        record::Point point = some_point(1);
        point.reading.simulated = simulated;
        record::Estimate estimate = some_estimate("B", 1.0);
        estimate.simulated = simulated;
        record::Gap gap;
        gap.missing = 2;
        std::array<record::Row, 4> rows{point, gap, some_event("STATE", "running"), estimate};
        must(store.append(id, rows));
        record::Segment segment;
        segment.segment = 1;
        must(store.put_segment(id, segment));
    }
    const Client client(folder.file());
    using Cells = std::vector<std::string>;
    for (const char* view : {"v_run", "v_point", "v_gap", "v_event", "v_estimate", "v_segment"}) {
        INFO(view);
        CHECK(
            client.ask("SELECT simulated FROM " + std::string(view) + " ORDER BY run_id") ==
            Cells{"0", "1"}
        );
    }
    auto reader = must(store::RunReader::open(folder.file()));
    CHECK_FALSE(must(reader.events(1, 0, 9)).front().simulated);
    CHECK(must(reader.events(2, 0, 9)).front().simulated);
    CHECK(must(reader.gaps(2, 0, 9)).front().simulated);
    CHECK(must(reader.segments(2)).front().simulated);
}

TEST_CASE("times are text with microseconds, unknowns are NULL, NaN never reaches SQL") {
    const Folder folder;
    auto store = must(store::RunStore::open(folder.file()));
    const auto id = must(store.create_run(some_run(), some_specimen())).run_id;
    record::Point point;
    point.reading.number = 1;
    point.reading.time_s = record::unknown;
    point.reading.values[record::Channel::strain] = std::numeric_limits<double>::infinity();
    point.reading.received_utc = UtcTime{1'769'860'800'000'045'999};
    std::array<record::Row, 2> rows{point, some_estimate("B", record::unknown)};
    must(store.append(id, rows));
    must(store.put_truth(id, std::array{record::Truth{0, "chi_Tg", 0.38}}));

    const Client client(folder.file());
    using Cells = std::vector<std::string>;
    REQUIRE(
        client.ask("SELECT started_utc, ended_utc, end_cause FROM v_run") ==
        Cells{"2026-01-31T12:00:00.123456Z", "NULL", "NULL"}
    );
    REQUIRE(
        client.ask("SELECT time_utc, time_s, strain, temperature_K, flags, simulated FROM v_point"
        ) == Cells{"2026-01-31T12:00:00.000045Z", "NULL", "NULL", "NULL", "NULL", "0"}
    );
    REQUIRE(to_text(point.reading.received_utc) == "2026-01-31T12:00:00.000045Z");
    REQUIRE(client.ask("SELECT value, segment FROM v_estimate") == Cells{"NULL", "NULL"});
    REQUIRE(client.ask("SELECT seq, parameter FROM v_truth") == Cells{"NULL", "chi_Tg"});
}

}  // namespace relaxd::test
