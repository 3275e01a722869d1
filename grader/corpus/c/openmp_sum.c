// OpenMP's threads add up: each its own part, or all into one variable.
#include <omp.h>
#include <stdio.h>

int main(void) {
    int sum = 0;
    omp_set_num_threads(2);
#ifdef RIGHT
#pragma omp parallel for reduction(+ : sum)
#else
#pragma omp parallel for
#endif
    for (int i = 1; i <= 6; i++)
        sum += i;
    printf("sum %d\n", sum);
}
