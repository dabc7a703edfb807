/* Freestanding: the compiler's own header is used. */
