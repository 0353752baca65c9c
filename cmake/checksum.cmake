# cmake -DINPUT=FILE -DOUTPUT=HEADER -P checksum.cmake: a header that defines QUIZ_INIT_SHA256.
file(SHA256 ${INPUT} checksum)
file(WRITE ${OUTPUT} "#define QUIZ_INIT_SHA256 \"${checksum}\"\n")
