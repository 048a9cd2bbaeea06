@NullMarked
package dev.lanewise.optim.newton;

import org.jspecify.annotations.NullMarked;
