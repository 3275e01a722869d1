// A number in a file that is empty at first: whoever finds the end has seen that nothing is there.
#define NAME "/tmp/empty"
#include "number.h"

int main(void) {
    close(open(NAME, O_WRONLY | O_CREAT, 0600));
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
