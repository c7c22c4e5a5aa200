// SPDX-License-Identifier: MIT
//
// libFuzzer on the file readers: any bytes are a table or one error with a sentence; never a crash,
// never a number that is not finite except "absent".
#include "drivers/ta_files/q_series.hpp"
#include "drivers/ta_files/trios.hpp"
#include "drivers/ta_files/ua_text.hpp"
#include "drivers/ta_files/unit_row.hpp"
#include "schema/table/table.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void check(const relaxd::Result<relaxd::table::Table>& table) {
    if (!table && table.error().message.empty()) {
        std::abort();
    }
    if (table) {
        (void)relaxd::table::write_csv(*table);  // must not fail on what was read
        (void)relaxd::table::dynamic_points(table->rows);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    // A native file begins with a byte order mark and a UTF-16 word: given, so that the rest is
    // read.
    const std::string native = std::string(
                                   "\xff\xfe"
                                   "C\0L\0O\0S\0E\0D\0\r\0\n\0",
                                   18
                               ) +
                               std::string(text);
    check(relaxd::ta_files::read_q_series(native, "fuzz"));
    check(relaxd::ta_files::read_q_series(text, "fuzz"));
    check(relaxd::ta_files::read_ua_text("CLOSED\r\n" + std::string(text), "fuzz"));
    check(relaxd::ta_files::read_trios_lims("[Version]\n" + std::string(text), "fuzz"));
    check(relaxd::ta_files::read_trios_text(text, "fuzz"));
    check(relaxd::ta_files::read_unit_row(text, "fuzz"));
    check(relaxd::ta_files::read_unit_row(
        "T f E' E\" x\n[C] [Hz] [MPa] [MPa] [-]\n1 2 3 4 5\n" + std::string(text), "fuzz"
    ));
    check(relaxd::table::read_csv(text, "fuzz"));
    return 0;
}
