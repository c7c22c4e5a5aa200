// SPDX-License-Identifier: MIT
//
// What every verb of relaxctl shares: where the daemon and the file are, how results and errors are
// printed, and which exit code they mean (CONTRACT 1, 5).

#pragma once

#include "schema/base/result.hpp"
#include "schema/store/run_store.hpp"
#include "schema/wire/wire.hpp"
#include "tools/ctl/http_client.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace relaxd::ctl {

namespace json = boost::json;

enum Exit : int {
    exit_done = 0,
    exit_other = 1,
    exit_usage = 2,
    exit_refused = 3,
    exit_not_found = 4,
    exit_unreachable = 5,
};

struct Globals {
    std::string url;       ///< --url, else RELAXD_URL, else http://127.0.0.1:8737.
    std::string database;  ///< --database; empty = ask the daemon.
    std::string lease;     ///< --lease
    bool json = false;     ///< --json
};

/// Writes to stdout and ends the line, if it has not ended.
void print(std::string_view text);
/// Writes one line to stderr, in relaxctl's name.
void say(std::string_view sentence);
void print_json(const json::value& value);

/// Prints one sentence on stderr, with --json also the error object on stdout; the exit code.
int report(const Globals& globals, const Error& error);
/// As `report`, where the exit code, or the code in the error object, is not that of the kind.
int report(const Globals& globals, const Error& error, int exit_code, std::string_view code = {});

[[nodiscard]] int exit_code_of(Errc code);
[[nodiscard]] int exit_code_of_status(unsigned http_status);

/// A verb of the contract that does not exist yet.
int not_built(const Globals& globals, const std::string& verb);

/// The whole file. Error `io` names it.
[[nodiscard]] Result<std::string> read_file(const std::string& path);

/// One request to the daemon at `globals.url`.
[[nodiscard]] Result<Answer> ask(
    const Globals& globals,
    const std::string& method,
    const std::string& target,
    const std::string& body = {}
);
/// A GET whose answer must be 200 and JSON; else prints why and gives the exit code.
struct Asked {
    int exit_code = exit_done;
    std::string body;
    json::value value;
};
[[nodiscard]] Asked get_json(const Globals& globals, const std::string& target);
/// The error that the daemon's answer holds, of the kind that its status means.
[[nodiscard]] Error error_of(const Globals& globals, const Answer& answer);
/// Prints that error, with --json the answer's body unchanged; its exit code. Where the daemon says
/// "method:5" the sentence names `method_file`, if given.
int report_answer(const Globals& globals, const Answer& answer, std::string_view method_file = {});

/// Opens `globals.database` for reading. A file that cannot be read is exit 1, not "not found".
[[nodiscard]] Result<store::RunReader> open_database(const Globals& globals);

/// The text of a member, "-" where it is null or absent; numbers in their shortest form.
[[nodiscard]] std::string cell(const json::value& row, std::string_view key);
/// The segment that the detail of a NOT_STATIONARY event names; 0 where it names none.
[[nodiscard]] int segment_of_detail(const std::string& detail);
/// Prints rows under a header, columns as wide as needed.
void print_table(
    const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows
);

/// Text for a terminal: control characters that could steer it become '?'.
[[nodiscard]] std::string printable(std::string_view text);

/// Shortest sensible text of a number with `digits` significant digits; "-" if unknown.
[[nodiscard]] std::string rounded(double value, int digits);

}  // namespace relaxd::ctl
