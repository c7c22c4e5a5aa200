# Makes TARGET hold exactly the page's sources of SOURCE (node_modules and earlier output of TARGET stay).
file(REMOVE_RECURSE ${TARGET}/src)
file(COPY ${SOURCE}/src DESTINATION ${TARGET})
file(GLOB files ${SOURCE}/*.mjs ${SOURCE}/*.json ${SOURCE}/*.html)
foreach(file IN LISTS files)
    file(COPY ${file} DESTINATION ${TARGET})
endforeach()
