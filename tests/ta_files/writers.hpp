// SPDX-License-Identifier: MIT
//
// Writers of TA's formats for the tests, from the description of the formats, sharing no code with
// the readers.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace relaxd::test {

/// ASCII, degree and micro signs to UTF-16LE (two-byte UTF-8 only).
inline std::string utf16(const std::string& text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned code = static_cast<unsigned char>(text[i]);
        if (code >= 0xC0 && i + 1 < text.size()) {
            code = ((code & 0x1FU) << 6U) | (static_cast<unsigned char>(text[++i]) & 0x3FU);
        }
        bytes += static_cast<char>(static_cast<unsigned char>(code & 0xFFU));
        bytes += static_cast<char>(static_cast<unsigned char>(code >> 8U));
    }
    return bytes;
}

inline std::string f32(float value) {
    std::string bytes(4, '\0');
    std::memcpy(bytes.data(), &value, 4);  // The test machine is little-endian like the format.
    return bytes;
}

inline std::string u32(std::uint32_t value) {
    std::string bytes(4, '\0');
    std::memcpy(bytes.data(), &value, 4);
    return bytes;
}

struct LogEntry {
    int index;
    int kind;
    float p1;
    float p2;
    std::uint32_t time_s;
};

struct QSeriesFile {
    std::string status = "CLOSED";
    std::vector<std::string> header_lines;  ///< Without Nsig and Sig lines.
    std::vector<std::string> signals;
    std::vector<std::vector<float>> records;
    std::vector<LogEntry> log;

    [[nodiscard]] std::string header(char separator, const std::string& version) const {
        std::string text = status + "\r\n" + version + separator + "2.0\r\n";
        const auto line = [&](const std::string& key, const std::string& value) {
            text += key + separator + value + "\r\n";
        };
        line("Operator", "Ada and Bo");
        line("File", "\\\\HOST-7\\TA\\Data\\Ada\\Data.001");
        line("Sample", "La60Ni15Al25");
        line("Xcomment", "one");
        line("Xcomment", "two");
        line("MacroFile", "");
        line("Nsig", std::to_string(signals.size()));
        for (std::size_t i = 0; i < signals.size(); ++i) {
            line("Sig" + std::to_string(i + 1), signals[i]);
        }
        for (const std::string& one : header_lines) {
            const std::size_t colon = one.find('=');
            line(one.substr(0, colon), one.substr(colon + 1));
        }
        return text;
    }

    [[nodiscard]] std::string native() const {
        std::string bytes = "\xFF\xFE" + utf16(header(' ', "VERSION"));
        bytes += std::string("\x0C\0", 2);
        bytes += static_cast<char>(signals.size());
        for (const std::vector<float>& record : records) {
            for (const float value : record) {
                bytes += f32(value);
            }
        }
        for (std::size_t i = 0; i < signals.size(); ++i) {
            bytes += f32(i == 0 ? -100.0F : (i == 1 ? 20.0F : 0.0F));
        }
        for (const LogEntry& entry : log) {
            bytes += static_cast<char>(entry.index);
            bytes += static_cast<char>(entry.kind);
            bytes += f32(entry.p1) + f32(entry.p2) + f32(0.0F) + std::string(2, '\0') +
                     u32(entry.time_s);
        }
        return bytes;
    }

    /// The text export: UTF-8; wrap it in utf16() for what Universal Analysis writes.
    [[nodiscard]] std::string text(const std::vector<std::string>& rows) const {
        std::string text = header('\t', "Version") + "StartOfData\r\n";
        for (const std::string& row : rows) {
            text += row + "\r\n";
        }
        return text;
    }
};

/// A short Q800 run: two isothermal segments after an equilibrate, two marker rows, 17 signals.
inline QSeriesFile q800_run() {
    QSeriesFile file;
    file.signals = {
        "Time (min)",
        "Temperature (°C)",
        "Storage Modulus (MPa)",
        "Loss Modulus (MPa)",
        "Stress (MPa)",
        "Tan Delta",
        "Frequency (Hz)",
        "Drive Force (N)",
        "Amplitude (µm)",
        "Strain (%)",
        "Displacement (µm)",
        "Static Force (N)",
        "Position (mm)",
        "Length (mm)",
        "Force (N)",
        "Stiffness (N/m)",
        "GCA Pressure (kPa)"
    };
    file.header_lines = {
        "Date=2024-03-01",
        "Time=08:00:00",
        "OrgMethod=1: Sampling interval 2.00 s/pt",
        "OrgMethod=2: Equilibrate at 40.00 °C",
        "OrgMethod=3: Isothermal for 1.00 min",
        "OrgMethod=4: Ramp 3.00 °C/min to 43.00 °C",
        "OrgMethod=5: Isothermal for 1.00 min"
    };
    const std::uint32_t start_s = 1'709'280'000;  // 2024-03-01T08:00:00
    file.log = {
        {1, 9, 2.0F, 0.0F, start_s},
        {2, 2, 40.0F, 0.0F, start_s + 300},
        {3, 5, 1.0F, 0.0F, start_s + 360},
        {4, 4, 3.0F, 43.0F, start_s + 420},
        {5, 5, 0.5F, 0.0F, start_s + 450},
        {6, 13, 0.0F, 0.0F, start_s + 450}
    };
    for (int i = 0; i < 5; ++i) {
        const float time_min = i == 2 ? -2.0F : 0.5F * static_cast<float>(i);
        file.records.push_back(
            {time_min,
             40.0F + static_cast<float>(i),
             33000.0F,
             165.0F,
             12.5F,
             0.005F,
             4.0F,
             1.25F,
             15.0F,
             0.1F,
             -3.0F,
             0.5F,
             2.0F,
             17.5F,
             1.5F,
             80000.0F,
             101.0F}
        );
    }
    return file;
}

inline std::string lims_export(int steps, int points) {
    std::string text =
        "[Version]\nTA Instruments LIMS export format version\t0\n[Header]\n"
        "File path\tC:\\Data\\Ada\\sweep.tri\nLogged-in user at run start\tAda\n[Sample]\n"
        "Name\tLa60\nOperator\tAda\n[Parameters: File Parameters]\nInstrument type\tAresG2\n";
    for (int s = 0; s < steps; ++s) {
        text += "[Step]\nStep name\tFrequency sweep (" + std::to_string(150 - (10 * s)) +
                ".0 °C)\nNumber of points\t" + std::to_string(points) +
                "\nVariables\tRun time\tStep time\tTemperature\tAngular frequency\tOscillation "
                "strain\tStrain\t"
                "Status bits\tFrequency\tStorage modulus\tLoss modulus\tOscillation "
                "torque\tG*/sin(delta)\n"
                "Units\ts\ts\t°C\trad/s\t%\t%\t\tHz\tPa\tkPa\tg.cm\tkPa\n";
        for (int p = 0; p < points; ++p) {
            text += "Data point\t" + std::to_string((100 * s) + p) + ".5\t" + std::to_string(p) +
                    "\t" + std::to_string(150 - (10 * s)) + "\t6.28\t0.5\t7\t0xB6453\t" +
                    std::to_string(1 + p) + "\t1E9\t.25\t10\t" + std::to_string(p) + "\n";
        }
    }
    return text;
}

}  // namespace relaxd::test
