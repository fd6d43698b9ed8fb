# SPDX-License-Identifier: GPL-2.0-only
# gnuplot -e "data='FILE'": draw instructions against pages, a line for each leaf size.
set terminal svg size 760,470 font "sans-serif,12" background "white"
set title "set\\_memory\\_valid(), off and on: instructions, by leaf size of the range (warm, log scale)"
set logscale xy
set xlabel "pages"
set ylabel "instructions"
set format y "%.0f"
set format x "%.0f"
set grid
set key left top
set style increment userstyles
set style line 1 lc rgb "#888888" pt 5 ps 0.4
set style line 2 lc rgb "#0b3a6f" pt 7 ps 0.4
set style line 3 lc rgb "#6fa8d6" pt 7 ps 0.4
set style line 4 lc rgb "#e69f00" pt 7 ps 0.4
set style line 5 lc rgb "#b0400a" pt 7 ps 0.4
set style line 6 lc rgb "#333333" pt 7 ps 0.4
stats data using 1 nooutput
plot for [i=0:STATS_blocks-1] data index i using 1:2 with linespoints linestyle i+1 title columnheader(1)
