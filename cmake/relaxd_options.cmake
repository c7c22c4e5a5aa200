# Flags of everything that is ours: one interface target.
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
find_program(RELAXD_CCACHE ccache)
if(RELAXD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${RELAXD_CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${RELAXD_CCACHE})
endif()
find_program(RELAXD_MOLD mold)
if(RELAXD_MOLD)
    add_link_options(-fuse-ld=mold)
endif()

add_library(relaxd_options INTERFACE)
target_include_directories(relaxd_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(relaxd_options INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast -Wnon-virtual-dtor
    -Wdouble-promotion -Wformat=2 -Wimplicit-fallthrough
    # Results must reproduce bit for bit: stated, not assumed.
    -fno-fast-math -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 reports members of inlined std::optional/variant that are set on every path that reads them.
    # It takes the operator new and delete of Asio's coroutine frames for a mismatched pair.
    target_compile_options(relaxd_options INTERFACE -fcoroutines -Wno-maybe-uninitialized -Wno-mismatched-new-delete)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # Designated initialisers that leave the defaults of later members alone are the house's option structs.
    target_compile_options(relaxd_options INTERFACE -Wno-missing-designated-field-initializers -Wno-missing-field-initializers)
else()
    target_compile_options(relaxd_options INTERFACE -Wno-missing-field-initializers)
endif()
if(RELAXD_WERROR)
    target_compile_options(relaxd_options INTERFACE -Werror)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
    target_compile_definitions(relaxd_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()
if(RELAXD_SANITIZE)
    add_compile_options(-fsanitize=${RELAXD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${RELAXD_SANITIZE})
    if(RELAXD_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # GCC warns that it does not model atomic_thread_fence, which Asio's headers use.
        target_compile_options(relaxd_options INTERFACE -Wno-tsan)
    endif()
endif()
if(RELAXD_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link,address,undefined)
    add_link_options(-fsanitize=address,undefined)
endif()

execute_process(COMMAND git describe --always --dirty --tags WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
    OUTPUT_VARIABLE RELAXD_GIT_VERSION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT RELAXD_GIT_VERSION)
    set(RELAXD_GIT_VERSION unknown)
endif()
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/code_version.cpp CONTENT
"// Written by CMake.\n#include \"schema/base/version.hpp\"\nnamespace relaxd {\nstd::string_view code_version() { return \"@PROJECT_VERSION@+@RELAXD_GIT_VERSION@\"; }\n}  // namespace relaxd\n" @ONLY)
