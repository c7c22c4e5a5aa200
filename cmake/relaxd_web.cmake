# The operator page: built from daemon/web by esbuild (npm ci from the lock file), gzip'd, embedded with .incbin.
# RELAXD_WEB=OFF embeds a page that says so. Nothing is written into the source tree.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(web_source ${CMAKE_SOURCE_DIR}/daemon/web)
set(web_build ${CMAKE_BINARY_DIR}/web)
set(web_generated ${CMAKE_BINARY_DIR}/generated/web)

if(RELAXD_WEB)
    find_program(RELAXD_NPM npm)
    find_program(RELAXD_NODE NAMES node nodejs)
    if(NOT RELAXD_NPM OR NOT RELAXD_NODE)
        message(FATAL_ERROR "npm and node are needed for the operator page: run tools/install-dependencies, or configure with -DRELAXD_WEB=OFF")
    endif()
    file(GLOB_RECURSE web_files CONFIGURE_DEPENDS ${web_source}/src/* ${web_source}/*.mjs ${web_source}/*.json ${web_source}/*.html)
    list(FILTER web_files EXCLUDE REGEX "/(node_modules|dist)/")
    if(NOT EXISTS ${web_source}/package-lock.json)
        message(FATAL_ERROR "${web_source}/package-lock.json is missing: configure with -DRELAXD_WEB=OFF to build without the page")
    endif()
    # npm ci runs again only when the lock file or its settings (.npmrc: engines are held to, no addresses) change.
    set(web_packages ${web_source}/package.json ${web_source}/package-lock.json ${web_source}/.npmrc)
    add_custom_command(
        OUTPUT ${web_build}/installed.stamp
        COMMAND ${CMAKE_COMMAND} -E make_directory ${web_build}
        COMMAND ${CMAKE_COMMAND} -E copy_if_different ${web_packages} ${web_build}
        COMMAND ${RELAXD_NPM} ci --prefix ${web_build} --no-audit --no-fund --loglevel=error
        COMMAND ${CMAKE_COMMAND} -E touch ${web_build}/installed.stamp
        DEPENDS ${web_packages}
        WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
        COMMENT "npm ci for the operator page"
        VERBATIM)
    # A copy of the sources beside node_modules; what no longer exists in the source tree must not stay.
    add_custom_command(
        OUTPUT ${web_build}/built.stamp
        COMMAND ${CMAKE_COMMAND} -DSOURCE=${web_source} -DTARGET=${web_build} -P ${CMAKE_SOURCE_DIR}/cmake/copy_web.cmake
        COMMAND ${CMAKE_COMMAND} -E rm -rf ${web_build}/dist
        COMMAND ${RELAXD_NODE} build.mjs ${web_build}/dist
        COMMAND ${CMAKE_COMMAND} -E touch ${web_build}/built.stamp
        DEPENDS ${web_build}/installed.stamp ${web_files} ${CMAKE_SOURCE_DIR}/cmake/copy_web.cmake
        WORKING_DIRECTORY ${web_build}
        COMMENT "Building the operator page"
        VERBATIM)
    set(web_assets ${web_build}/dist)
    set(web_ready ${web_build}/built.stamp)
else()
    set(web_assets ${CMAKE_SOURCE_DIR}/cmake/page_not_built)
    set(web_ready ${CMAKE_SOURCE_DIR}/cmake/page_not_built/index.html)
endif()

add_custom_command(
    OUTPUT ${web_generated}/assets.S ${web_generated}/asset_table.cpp
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/embed_assets.py ${web_assets} ${web_generated}
    COMMAND ${CMAKE_COMMAND} -E touch ${web_generated}/assets.S ${web_generated}/asset_table.cpp
    DEPENDS ${web_ready} ${CMAKE_SOURCE_DIR}/cmake/embed_assets.py
    COMMENT "Embedding the operator page"
    VERBATIM)
add_library(relaxd_web STATIC ${web_generated}/assets.S ${web_generated}/asset_table.cpp)
target_include_directories(relaxd_web PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_features(relaxd_web PRIVATE cxx_std_20)
# .incbin is invisible to ccache's hash of the assembler file.
set_target_properties(relaxd_web PROPERTIES C_COMPILER_LAUNCHER "" ASM_COMPILER_LAUNCHER "")

# Beast under AddressSanitizer costs minutes and gigabytes above -O0.
if(RELAXD_SANITIZE MATCHES "address")
    set_source_files_properties(${CMAKE_SOURCE_DIR}/daemon/serve/beast_server.cpp PROPERTIES COMPILE_OPTIONS "-O0")
endif()
