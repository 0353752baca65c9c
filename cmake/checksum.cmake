# cmake -DINPUT=FILE -DOUTPUT=HEADER -DNAME=MACRO -P checksum.cmake: a header that defines MACRO as the file's SHA-256.
file(SHA256 ${INPUT} checksum)
file(WRITE ${OUTPUT} "#define ${NAME} \"${checksum}\"\n")
