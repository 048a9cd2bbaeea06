/** What reading for a training promises, as tests. */
@NullMarked
package dev.lanewise.io.data;

import org.jspecify.annotations.NullMarked;
