# cmake --install: programs, unit, documents.
include(GNUInstallDirs)
foreach(program relaxd relaxctl relaxsim)
    if(TARGET ${program})
        install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    endif()
endforeach()
