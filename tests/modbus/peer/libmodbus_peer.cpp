// SPDX-License-Identifier: MIT
//
// libmodbus on the other side, as a process. Its memory is that of tests/modbus/peer_memory.hpp.
//
//   libmodbus_peer server tcp          first line: listening PORT
//   libmodbus_peer server rtu PATH     first line: listening
//   libmodbus_peer client tcp PORT     first line: what it found wrong, or "all right"
//   libmodbus_peer client rtu PATH
#include "tests/modbus/peer_memory.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <modbus/modbus.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace relaxd::test::peer_memory;

struct Free {
    void operator()(modbus_t* context) const { modbus_free(context); }
    void operator()(modbus_mapping_t* mapping) const { modbus_mapping_free(mapping); }
};
using Context = std::unique_ptr<modbus_t, Free>;

void say(const std::string& line) {
    std::puts(line.c_str());
    static_cast<void>(std::fflush(stdout));
}

[[noreturn]] void give_up(const std::string& what) {
    say(what + ": " + modbus_strerror(errno));
    std::exit(1);  // NOLINT(concurrency-mt-unsafe): one thread
}

Context open_rtu(const char* path) {
    Context context(modbus_new_rtu(path, 115'200, 'N', 8, 1));
    if (!context || modbus_set_slave(context.get(), unit) != 0 ||
        modbus_connect(context.get()) != 0) {
        give_up(std::string("cannot open ") + path);
    }
    return context;
}

int port_of(int socket) {
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        give_up("getsockname");
    }
    return ntohs(address.sin_port);
}

int serve(const std::string& line, const char* path) {
    const std::unique_ptr<modbus_mapping_t, Free> memory(
        modbus_mapping_new(bits, bits, registers, registers)
    );
    for (int i = 0; i < bits; ++i) {
        memory->tab_bits[i] = coil(i) ? 1 : 0;
        memory->tab_input_bits[i] = input_bit(i) ? 1 : 0;
    }
    for (int i = 0; i < registers; ++i) {
        memory->tab_registers[i] = holding(i);
        memory->tab_input_registers[i] = input(i);
    }
    // By hand: modbus_set_float_abcd of libmodbus 3.1.6 sends B A D C on a little-endian host.
    const std::array<std::uint16_t, 8> floats{
        0xC2F6, 0xE979, 0xE979, 0xC2F6, 0xF6C2, 0x79E9, 0x79E9, 0xF6C2
    };
    std::copy(floats.begin(), floats.end(), memory->tab_input_registers + floats_at);

    Context context;
    if (line == "rtu") {
        context = open_rtu(path);
        say("listening");
    } else {
        context.reset(modbus_new_tcp("127.0.0.1", 0));
        int listener = modbus_tcp_listen(context.get(), 1);
        if (listener < 0) {
            give_up("cannot listen");
        }
        say("listening " + std::to_string(port_of(listener)));
        if (modbus_tcp_accept(context.get(), &listener) < 0) {
            give_up("cannot accept");
        }
    }
    std::array<std::uint8_t, MODBUS_MAX_ADU_LENGTH> request{};
    while (true) {
        const int size = modbus_receive(context.get(), request.data());
        if (size > 0) {
            modbus_reply(context.get(), request.data(), size, memory.get());
        } else if (size < 0 && line == "tcp") {
            return 0;
        }
    }
}

void check(bool right, const char* what) {
    if (!right) {
        give_up(what);
    }
}

void talk(modbus_t* context) {
    std::vector<std::uint8_t> some_bits(bits);
    std::vector<std::uint16_t> words(registers);
    check(modbus_read_bits(context, 0, bits, some_bits.data()) == bits, "read coils");
    for (int i = 0; i < bits; ++i) {
        check((some_bits[static_cast<std::size_t>(i)] != 0) == coil(i), "a coil");
    }
    check(modbus_read_input_bits(context, 3, 19, some_bits.data()) == 19, "read inputs");
    for (int i = 0; i < 19; ++i) {
        check((some_bits[static_cast<std::size_t>(i)] != 0) == input_bit(i + 3), "an input");
    }
    check(modbus_read_registers(context, 5, 125, words.data()) == 125, "read holding");
    for (int i = 0; i < 125; ++i) {
        check(words[static_cast<std::size_t>(i)] == holding(i + 5), "a holding register");
    }
    check(modbus_read_input_registers(context, 0, 1, words.data()) == 1, "read input");
    check(words[0] == input(0), "an input register");

    check(modbus_write_bit(context, 7, 1) == 1, "write coil");
    check(modbus_read_bits(context, 7, 1, some_bits.data()) == 1 && some_bits[0] == 1, "coil 7");
    const std::vector<std::uint8_t> ones(MODBUS_MAX_WRITE_BITS, 1);
    check(modbus_write_bits(context, 0, 1968, ones.data()) == 1968, "write coils");
    check(modbus_read_bits(context, 1960, 10, some_bits.data()) == 10, "read coils again");
    for (int i = 0; i < 10; ++i) {
        check((some_bits[static_cast<std::size_t>(i)] != 0) == (i < 8 || coil(i + 1960)), "set");
    }
    check(modbus_write_register(context, 9, 0xBEEF) == 1, "write register");
    const std::vector<std::uint16_t> sevens(MODBUS_MAX_WRITE_REGISTERS, 7);
    check(modbus_write_registers(context, 20, 123, sevens.data()) == 123, "write registers");
    check(
        modbus_write_and_read_registers(context, 10, 2, sevens.data(), 9, 12, words.data()) == 12,
        "write and read"
    );
    check(words[0] == 0xBEEF && words[1] == 7 && words[2] == 7, "what was written");
    check(words[3] == holding(12) && words[11] == 7, "what was there");

    errno = 0;
    check(modbus_read_registers(context, registers - 1, 2, words.data()) == -1, "beyond the end");
    check(errno == EMBXILADD, "illegal data address");
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<std::string> words(arguments, arguments + count);
    if (count < 3) {
        return 2;
    }
    const char* where = count > 3 ? arguments[3] : "";
    if (words[1] == "server") {
        return serve(words[2], where);
    }
    Context context;
    if (words[2] == "rtu") {
        context = open_rtu(where);
    } else {
        context.reset(modbus_new_tcp("127.0.0.1", static_cast<int>(std::strtol(where, nullptr, 10)))
        );
        modbus_set_slave(context.get(), unit);
        if (modbus_connect(context.get()) != 0) {
            give_up("cannot connect");
        }
    }
    modbus_set_response_timeout(context.get(), 60, 0);
    modbus_set_byte_timeout(context.get(), 60, 0);
    talk(context.get());
    say("all right");
    return 0;
}
