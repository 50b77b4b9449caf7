DROP TABLE check_edges;
