// A number in a file, read until nothing more comes: the second read is no look at the same again.
#define NAME "/tmp/number"
#include "number.h"

int main(void) {
    put(0);
    for (int child = 0; child < 2; child++) {
        if (fork() == 0) {
            put(look() + 1);
            _exit(0);
        }
    }
    while (wait(NULL) > 0) {
    }
    printf("%d\n", look());
    unlink(NAME);
    return 0;
}
