# The coverage study of creep and tension; needs no Google Benchmark.
add_executable(series_coverage EXCLUDE_FROM_ALL series_coverage.cpp series_scenarios.cpp)
target_link_libraries(series_coverage PRIVATE relaxd_model relaxd_simulator)
add_test(NAME bench.series_coverage.build COMMAND ${CMAKE_COMMAND} --build ${CMAKE_BINARY_DIR} --target series_coverage)
set_tests_properties(bench.series_coverage.build PROPERTIES LABELS bench FIXTURES_SETUP series_coverage TIMEOUT 1800)
add_test(NAME bench.series_coverage COMMAND series_coverage)
set_tests_properties(bench.series_coverage PROPERTIES LABELS bench FIXTURES_REQUIRED series_coverage TIMEOUT 3600)
